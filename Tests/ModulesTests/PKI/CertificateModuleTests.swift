import Diagnostics
import ModuleKit
import PKI
import Schema
import Testing

@testable import Modules

@Suite struct `The module certificate` {
  struct Row: CustomTestStringConvertible {
    var name: String
    /// What happens to a host on which `base` was applied, in the folder of the files.
    var drift: Script = ":"
    /// What is different from `base` in the task.
    var more = ""
    var daysLater = 0
    var changes: [String]
    var afterwards: Script = ":"
    var testDescription: String { name }
  }

  static let base =
    "ca: ca, common_name: node1, dns_names: [node1], ip_addresses: [10.0.0.1], valid_days: 365"
  static let verified: Script = """
    openssl verify -x509_strict -CAfile ca.crt a.crt >/dev/null &&
    [ "$(openssl x509 -in a.crt -noout -pubkey)" = "$(openssl pkey -in a.key -pubout)" ] &&
    [ -z "$(ls -A | grep spile)" ]
    """

  static let rows: [Row] = [
    Row(name: "nothing happened", changes: [], afterwards: verified),
    Row(
      name: "the certificate is gone", drift: "rm a.crt", changes: ["certificate", "key"],
      afterwards: verified),
    Row(
      name: "the key is gone", drift: "rm a.key", changes: ["private key", "key"],
      afterwards: verified),
    Row(
      name: "the key was replaced by another one",
      drift: "openssl ecparam -genkey -name prime256v1 -noout -out a.key",
      changes: ["private key", "key", "mode"], afterwards: verified),
    Row(
      name: "the key was replaced by an RSA key",
      drift: "openssl genrsa -traditional -out a.key 2048",
      changes: ["private key", "key", "mode"], afterwards: verified),
    Row(
      name: "the key is something else", drift: "echo nonsense >a.key",
      changes: ["private key", "key"], afterwards: verified),
    Row(
      name: "the same key in PKCS#8 belongs to it",
      drift: "openssl pkcs8 -topk8 -nocrypt -in a.key -out b && cat b >a.key && rm b", changes: [],
      afterwards: verified),
    Row(
      name: "the certificate is something else", drift: "echo nonsense >a.crt",
      changes: ["certificate", "key"], afterwards: verified),
    Row(
      name: "others may read the key", drift: "chmod 644 a.key", changes: ["mode"],
      afterwards: "[ \"$(stat -c %a a.key)\" = 600 ]"),
    Row(
      name: "the key belongs to another user", drift: "chown daemon a.key", more: "owner: root",
      changes: ["owner"], afterwards: "[ \"$(stat -c %U a.key)\" = root ]"),
    Row(
      name: "a name was added", more: "dns_names: [node1, etcd.example.com]",
      changes: ["names", "key"],
      afterwards: "openssl verify -CAfile ca.crt -verify_hostname etcd.example.com a.crt"),
    Row(
      name: "an address was taken away", more: "ip_addresses: []", changes: ["names", "key"],
      afterwards: "! openssl verify -CAfile ca.crt -verify_ip 10.0.0.1 a.crt >/dev/null 2>&1"),
    Row(
      name: "the order and case of names do not count",
      more: "dns_names: [NODE1], ip_addresses: [10.0.0.1, 10.0.0.1]", changes: []),
    Row(
      name: "the subject differs", more: "common_name: node2, organization: [a, b]",
      changes: ["subject", "key"], afterwards: verified),
    Row(
      name: "it is for clients only", more: "usages: client", changes: ["usages", "key"],
      afterwards: "! openssl verify -purpose sslserver -CAfile ca.crt a.crt >/dev/null 2>&1"),
    Row(name: "another validity counts from the next one on", more: "valid_days: 100", changes: []),
    Row(
      name: "it is renewed within the window", daysLater: 276, changes: ["expiry", "key"]),
    Row(name: "it is not renewed before", daysLater: 274, changes: []),
    Row(
      name: "the window is the user's", more: "renew_before_days: 10", daysLater: 350, changes: []),
    Row(
      name: "with rekey false the key stays", drift: "cp a.key kept", more: "rekey: false",
      daysLater: 300, changes: ["expiry"], afterwards: "cmp a.key kept"),
    Row(
      name: "another kind of key is wished", more: "key_type: rsa-2048",
      changes: ["key type", "key"], afterwards: verified),
  ]

  private func task(_ root: String, _ more: String) -> String {
    let names = more.split(separator: ",").compactMap { $0.split(separator: ":").first }
      .map { $0.filter { $0 != " " } }
    var kept: [String] = []
    var rest = Self.base[...]
    // Entries of `base` that `more` gives again are left out.
    while !rest.isEmpty {
      let end = Self.end(of: rest)
      let entry = String(rest[..<end])
      let name = entry.split(separator: ":")[0].filter { $0 != " " }
      if !names.contains(name) { kept.append(entry) }
      rest = rest[end...].dropFirst()
    }
    return "{path: \(root)/a.crt, key_path: \(root)/a.key, "
      + (kept + (more.isEmpty ? [] : [more])).joined(separator: ",") + "}"
  }

  /// The end of the first entry of a flow mapping.
  private static func end(of text: Substring) -> Substring.Index {
    var depth = 0
    for index in text.indices {
      if text[index] == "[" { depth += 1 }
      if text[index] == "]" { depth -= 1 }
      if text[index] == ",", depth == 0 { return index }
    }
    return text.endIndex
  }

  @Test(arguments: rows, TestShell.allCases)
  func `what is there is compared and mended`(_ row: Row, _ shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let outside = TestHost()
    defer { outside.remove() }
    let ca = try TestAuthority()
    host.run("cat >\(host.root)/ca.crt", input: Array(ca.pem.utf8))
    let first = try host.converge(module(CertificateModule.self, task(host.root, ""), ca: ca))
    #expect(first.attributes == ["certificate", "key"])
    #expect(outside.run("cd \(host.root) && { \(row.drift); }").status == 0)
    // What another kind of key is takes openssl, which busybox does not have; modes are those of the umask.
    let done = try host.converge(
      module(CertificateModule.self, task(host.root, row.more), ca: ca, daysLater: row.daysLater))
    #expect(
      done.attributes.filter { $0 != "mode" || row.changes.contains("mode") }
        == row.changes.filter { $0 != "mode" || done.attributes.contains("mode") })
    let check = outside.run("cd \(host.root) && { \(row.afterwards); }")
    #expect(check.status == 0, "\(String(decoding: check.errors, as: UTF8.self))")
    #expect(outside.run("[ \"$(stat -c %a \(host.root)/a.key)\" = 600 ]").status == 0)
  }

  @Test(arguments: TestShell.allCases)
  func `a key never leaves the host, and is in no argument`(_ shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let ca = try TestAuthority()
    let module = try module(CertificateModule.self, task(host.root, ""), ca: ca)
    let done = try host.converge(module)
    let step = try #require(done.changes.first?.steps.first)
    let key = String(decoding: host.run("cat \(host.root)/a.key").output, as: UTF8.self)
    let lines = key.split(separator: "\n").filter { !$0.hasPrefix("-----") }.map(String.init)
    #expect(lines.count == 3)
    let asked = host.run(
      PrivateKeyFact.probe([FactRequest(PrivateKeyFact.self, "\(host.root)/a.key")]))
    for line in lines {
      #expect(!step.script.source.contains(line))
      #expect(!String(decoding: asked.output + asked.errors, as: UTF8.self).contains(line))
      #expect(!"\(done.changes.map { ($0.before, $0.after) })".contains(line))
      #expect(!"\(done.result)".contains(line))
      #expect(done.replies.allSatisfy { !$0.text.contains(line) })
    }
    #expect(step.isSecret && step.input?.isSecret == true)
  }

  @Test func `another authority of the same name is another one`() throws {
    let host = TestHost()
    defer { host.remove() }
    try host.converge(module(CertificateModule.self, task(host.root, ""), ca: try TestAuthority()))
    let done = try host.converge(
      module(CertificateModule.self, task(host.root, ""), ca: try TestAuthority()))
    #expect(done.attributes == ["issuer", "key"])
    #expect(done.changes.first?.before == .text("another authority of the name CN=etcd-ca"))
  }

  @Test func `below an intermediate its certificate goes along`() throws {
    let host = TestHost()
    defer { host.remove() }
    let root = try TestAuthority("root")
    let middle = try TestAuthority("middle", below: root)
    try host.converge(module(CertificateModule.self, task(host.root, ""), ca: middle))
    host.run("cat >\(host.root)/root.crt", input: Array(root.pem.utf8))
    let check = host.run(
      "cd \(host.root) && openssl verify -x509_strict -CAfile root.crt -untrusted a.crt a.crt")
    #expect(check.status == 0)
    let done = try host.converge(
      module(CertificateModule.self, task(host.root, "chain: false"), ca: middle))
    #expect(done.attributes == ["chain"])
  }

  @Test func `nothing outlives its authority, and nothing is renewed for nothing`() throws {
    let host = TestHost()
    defer { host.remove() }
    let ca = try TestAuthority(days: 20)
    let done = try host.converge(module(CertificateModule.self, task(host.root, ""), ca: ca))
    #expect(done.result["days_left"] == .int(20))
  }

  @Test(arguments: TestShell.withMachineTools, KeyAlgorithm.allCases)
  func `a key of the host stays there`(_ shell: TestShell, _ type: KeyAlgorithm) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let ca = try TestAuthority()
    let wish = task(host.root, "key: host")
    #expect(
      obstacleID { () throws(Obstacle) in
        guard let module = try? module(CertificateModule.self, wish, ca: ca) else { return [] }
        return try module.changes(from: host.view(for: module.reads))
      } == "no-host-key")
    try host.converge(
      module(HostKeyModule.self, "{path: \(host.root)/a.key, key_type: \(type.rawValue)}", ca: ca))
    let done = try host.converge(module(CertificateModule.self, wish, ca: ca))
    #expect(done.attributes == ["certificate"])
    let check = host.run(
      "cd \(host.root) && [ \"$(openssl x509 -in a.crt -noout -pubkey)\" = \"$(openssl pkey -in a.key -pubout)\" ] && [ \"$(stat -c %a a.key)\" = 600 ]"
    )
    #expect(check.status == 0)
  }

  // MARK: - What is refused

  @Test(arguments: [
    ("common_name: ''", "argument-range"), ("dns_names: [10.0.0.1]", "dns-name"),
    ("dns_names: ['a b']", "dns-name"), ("ip_addresses: [node1]", "ip-address"),
    ("valid_days: 30, renew_before_days: 30", "renewed-for-ever"),
    ("valid_days: 0", "argument-range"),
    ("usages: []", "argument-range"), ("usages: [signer]", "argument-choice"),
    ("key_path: /tmp/x, path: /tmp/x", "same-path"), ("key_type: dsa", "argument-choice"),
  ])
  func `mistakes are found before anything runs`(_ more: String, _ id: String) throws {
    let ca = try TestAuthority()
    let text =
      more.contains("key_path")
      ? "{\(more), \(Self.base)}" : task("/tmp", more)
    #expect(
      try mistakeID { _ = try module(CertificateModule.self, text, ca: ca) } == id)
  }

  @Test func `an authority that cannot sign is refused`() throws {
    let good = try TestAuthority()
    func mistake(_ content: ControllerContent, later: Int = 0) throws -> String? {
      try mistakeID {
        var arguments = try arguments(
          "certificate", task("/tmp", ""), contents: ["ca": content])
        arguments.now = TestAuthority.now + later * 86400
        _ = try CertificateModule(arguments)
      }
    }
    #expect(try mistake(good.content()) == nil)
    #expect(try mistake(good.content(without: "ca.key")) == "no-authority")
    #expect(try mistake(good.content(without: "ca.crt")) == "no-authority")
    #expect(try mistake(good.content(), later: 4000) == "unfit-authority")
    var open = good
    open.isEncrypted = false
    #expect(try mistake(open.content()) == nil)
    open.keyMode = 0o640
    #expect(try mistake(open.content()) == "exposed-key")
  }
}
