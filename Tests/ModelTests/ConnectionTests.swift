import Diagnostics
import Schema
import Testing

@testable import Model

@Suite struct ConnectionTests {
  @Test(arguments: [
    ("-o ProxyJump=b", ["b"]), ("-J u@b:22,c", ["u@b:22", "c"]), ("-Jb", ["b"]),
    ("-o ProxyCommand='ssh -W %h:%p b'", ["b"]),
    ("-o ProxyCommand=\"ssh -q -W %h:%p -p 2222 -l me b\"", ["me@b:2222"]),
    ("-o 'ProxyCommand ssh u@b -W [%h]:%p'", ["u@b"]),
    ("-o ProxyCommand=\"/usr/bin/ssh -J a b nc -w 9 %h %p\"", ["a", "b"]),
    ("-o ProxyCommand=none", []), ("-J none", []), ("-J a -o ProxyJump=b", ["a"]),
  ])
  func `bastions are found`(text: String, targets: [String]) throws {
    #expect(try SSHArguments(text).bastions?.map(\.target) == targets)
  }

  @Test func `a bastion has its own key and options`() throws {
    let text = """
      -o ProxyCommand="ssh -i ~/k -o StrictHostKeyChecking=no -o ControlMaster=auto -W %h:%p b" \
      -o StrictHostKeyChecking=accept-new
      """
    let found = try SSHArguments(text)
    #expect(found.bastions?.first?.identityFile == "~/k")
    #expect(found.bastions?.first?.options == ["stricthostkeychecking": "no"])
    #expect(found.options == ["stricthostkeychecking": "accept-new"])
  }

  @Test func `words are options, and of each the first counts`() throws {
    let found = try SSHArguments(
      "-C -qv -p 22 -oPort=23 -i a -i b -l me -o ConnectTimeout=5 -o 'ConnectTimeout = 6' -o LogLevel=ERROR"
        + " -o PreferredAuthentications=publickey -o UserKnownHostsFile=/dev/null -o ForwardAgent=no"
    )
    #expect(found.port == 22 && found.user == "me" && found.identityFile == "a")
    #expect(
      found.options == [
        "connecttimeout": "5", "passwordauthentication": "no", "userknownhostsfile": "/dev/null",
      ])
    #expect(found.bastions == nil)
  }

  @Test(arguments: [
    ("-A", "`-A` is not understood"),
    ("-o ForwardAgent=yes", "`ForwardAgent=yes` is not supported"),
    ("-o StrictHostKeyCheking=no", "the option `StrictHostKeyCheking` is not understood"),
    ("-o X", "`-o X` has no value"), ("-p", "`-p` has no value"), ("-p x", "`x` is no port"),
    ("host", "`host` is no option"), ("-W %h:%p", "`-W %h:%p` makes sense for a bastion only"),
    ("-o ProxyCommand='nc -X 5 %h %p'", "`ProxyCommand=nc -X 5 %h %p` is not understood"),
    ("-o ProxyCommand='ssh b'", "`ProxyCommand=ssh b` is not understood"),
    ("-o ProxyCommand='ssh -W %h:22 b'", "`ProxyCommand=ssh -W %h:22 b` is not understood"),
    ("-F x", "`-F` is not understood"), ("-o 'A", "the quote is not closed"),
  ])
  func `what is not understood is refused`(text: String, message: String) {
    #expect(throws: SSHArguments.Failure.self) { try SSHArguments(text) }
    do throws(SSHArguments.Failure) {
      _ = try SSHArguments(text)
    } catch {
      #expect(error.message == message)
      #expect(!error.help.isEmpty)
    }
  }

  @Test(arguments: [
    (
      "ansible_ssh_common_args: -A", "hosts.yml:1:44 ssh-arguments: `ansible_ssh_common_args`: `-A`"
    ),
    ("ansible_ssh_private_key: x", "hosts.yml:1:44 not-supported: "),
    ("ansible_ssh_prot: 1", "hosts.yml:1:37 warning unknown-variable: `ansible_ssh_prot` means"),
    ("ansible_ssh_common_args: \"{{ x }}\"", ""), ("ansible_pipelining: true", ""),
    ("ansible_become_password: x", ""),
  ])
  func `variables about connections are checked`(text: String, expected: String) {
    let found = ConnectionCheck(inventory: inventory("all: {hosts: {h: {\(text)}}}")).run()
    #expect(found.map(line).count == (expected.isEmpty ? 0 : 1))
    #expect(expected.isEmpty || found.first.map(line)?.hasPrefix(expected) == true, "\(found)")
  }

  @Test(
    arguments: [
      ("ansible_pipelining", true), ("ansible_python_interpreter", true),
      ("ansible_winrm_port", true),
      ("ansible_host", false), ("ansible_become_flags", false), ("ansible_hostname", nil),
      ("port", nil),
    ] as [(String, Bool?)])
  func `each variable is used, ignored for a reason, or none of ours`(name: String, expected: Bool?)
  {
    switch ConnectionVariable.use(of: name) {
    case .ignored(let reason): #expect(expected == true && !reason.isEmpty)
    case .used, .refused: #expect(expected == false)
    case nil: #expect(expected == nil)
    }
  }

  @Test func `variables without effect are named with their places`() {
    let inventory = inventory(
      "all: {vars: {ansible_python_interpreter: x}, hosts: {a: {ansible_ssh_pipelining: true}}}")
    #expect(ConnectionCheck(inventory: inventory).run().isEmpty)
    #expect(
      ConnectionCheck(inventory: inventory).ignored().map(line) == [
        "hosts.yml:1:42 note no-effect: `ansible_python_interpreter` has no effect: hosts need no interpreter",
        "hosts.yml:1:82 note no-effect: `ansible_ssh_pipelining` has no effect: one connection stays open for the whole run",
      ])
  }
}
