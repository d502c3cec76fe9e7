import ModuleKit
import Modules
import Schema
import Testing

/// Keys that may log in, and keys of other machines.
@Suite struct KeyFileTests {
  private static let one = "AAAAC3NzaC1lZDI1NTE5AAAAIKWk0GPfMCxRsXpl8jyLQOxxIwJzkyrBLiqqSUXIcJHG"
  private static let two = "AAAAC3NzaC1lZDI1NTE5AAAAILzZ7Yu5IvEKi9VxWIR9Zg3Qf7TR9VbqMdYhWFv6gXlN"

  private func authorized(_ before: String, _ yaml: String) throws -> String {
    let host = TestHost()
    defer { host.remove() }
    if !before.isEmpty { host.run("cat >\(host.root)/k", input: Array(before.utf8)) }
    try host.converge(
      try module(
        Registry.all.module(named: "authorized_key"), "user: root\npath: \(host.root)/k\n\(yaml)"))
    return host.run("cat \(host.root)/k").text
  }

  @Test(arguments: [
    ("", "key: ssh-ed25519 \(one) me", "ssh-ed25519 \(one) me\n"),
    (
      "# mine\nssh-ed25519 \(one) old\n", "key: ssh-ed25519 \(one) new",
      "# mine\nssh-ed25519 \(one) new\n"
    ),
    (
      "ssh-ed25519 \(one) a\n",
      "key: ssh-ed25519 \(one) a\nkey_options: 'no-pty,from=\"10.0.0.1, ::1\"'",
      "no-pty,from=\"10.0.0.1, ::1\" ssh-ed25519 \(one) a\n"
    ),
    (
      "no-pty,from=\"a, b\" ssh-ed25519 \(one) a\n", "key: ssh-ed25519 \(one) a\nstate: absent", ""
    ),
    (
      "ssh-ed25519 \(one) a\n# note\n", "key: ssh-ed25519 \(two) b\nexclusive: true",
      "# note\nssh-ed25519 \(two) b\n"
    ),
    (
      "", "key: |\n  # both\n  ssh-ed25519 \(one) a\n  ssh-ed25519 \(two)\ncomment: c",
      "ssh-ed25519 \(one) c\nssh-ed25519 \(two) c\n"
    ),
  ])
  func `keys before and after`(_ before: String, _ yaml: String, _ after: String) throws {
    #expect(try authorized(before, yaml) == after)
  }

  @Test(arguments: ["key: https://example.org/me.keys", "key: not a key", "key: ssh-ed25519"])
  func `what is no key is refused`(yaml: String) throws {
    #expect(
      try mistakeID {
        _ = try module(Registry.all.module(named: "authorized_key"), "user: root\n\(yaml)")
      } == "authorized-key")
  }

  @Test func `an account's first key comes with its folder`() throws {
    try onIsolatedHost { host in
      host.run("useradd -m -d /home/keyed keyed")
      try host.converge(
        try module(
          Registry.all.module(named: "authorized_key"),
          "user: keyed\nkey: ssh-ed25519 \(Self.one) x"))
      let seen = host.run(
        "stat -c '%U %a' /home/keyed/.ssh /home/keyed/.ssh/authorized_keys; userdel keyed")
      #expect(seen.text == "keyed 700\nkeyed 600\n")
    }
  }

  private func known(_ before: String, _ yaml: String) throws -> String {
    let host = TestHost()
    defer { host.remove() }
    host.run("cat >\(host.root)/k", input: Array(before.utf8))
    try host.converge(
      try module(Registry.all.module(named: "known_hosts"), "path: \(host.root)/k\n\(yaml)"))
    return host.run("cat \(host.root)/k").text
  }

  @Test(arguments: [
    ("", "name: a\nkey: a ssh-ed25519 \(one)", "a ssh-ed25519 \(one)\n"),
    (
      "A,10.0.0.1 ssh-ed25519 \(one)\n", "name: a\nkey: a ssh-ed25519 \(one)",
      "A,10.0.0.1 ssh-ed25519 \(one)\n"
    ),
    (
      "a ssh-ed25519 \(one)\nb ssh-ed25519 \(one)\n", "name: a\nkey: a ssh-ed25519 \(two)",
      "b ssh-ed25519 \(one)\na ssh-ed25519 \(two)\n"
    ),
    (
      "a ssh-rsa \(one)\n", "name: a\nkey: a ssh-ed25519 \(two)",
      "a ssh-rsa \(one)\na ssh-ed25519 \(two)\n"
    ),
    (
      "# x\na ssh-rsa \(one)\nb ssh-rsa \(one)\n", "name: a\nstate: absent",
      "# x\nb ssh-rsa \(one)\n"
    ),
  ])
  func `known hosts before and after`(_ before: String, _ yaml: String, _ after: String) throws {
    #expect(try known(before, yaml) == after)
  }

  @Test func `ssh finds a name that was hashed here, and we one that ssh hashed`() throws {
    let host = TestHost()
    defer { host.remove() }
    let yaml =
      "path: \(host.root)/k\nname: hidden.example\nkey: hidden.example ssh-ed25519 \(Self.one)"
    host.run(": >\(host.root)/k")
    try host.converge(
      try module(Registry.all.module(named: "known_hosts"), yaml + "\nhash_host: true"))
    let text = host.run("cat \(host.root)/k").text
    #expect(text.hasPrefix("|1|") && !text.contains("hidden"))
    guard host.run("command -v ssh-keygen").status == 0 else { return }
    #expect(host.run("ssh-keygen -F hidden.example -f \(host.root)/k").status == 0)
    host.run(
      "printf 'hidden.example ssh-ed25519 %s\\n' \(Self.one) >\(host.root)/k; ssh-keygen -H -f \(host.root)/k"
    )
    let again = try host.apply(try module(Registry.all.module(named: "known_hosts"), yaml))
    #expect(again.changes.isEmpty)
  }
}
