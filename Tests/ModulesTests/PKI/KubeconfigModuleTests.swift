import ModuleKit
import PKI
import Schema
import Testing

@testable import Modules

@Suite struct `The module kubeconfig` {
  struct Row: CustomTestStringConvertible {
    var name: String
    var drift: Script = ":"
    var server = "https://10.0.0.10:6443"
    var more = ""
    var daysLater = 0
    var changes: [String]
    var testDescription: String { name }
  }

  static let rows: [Row] = [
    Row(name: "nothing happened", changes: []),
    Row(name: "it is gone", drift: "rm a.conf", changes: ["kubeconfig", "mode"]),
    Row(name: "the server is another one", server: "https://vip:8443", changes: ["server"]),
    Row(
      name: "somebody pointed it elsewhere",
      drift: "sed -i 's/10.0.0.10/10.0.0.66/' a.conf", changes: ["server"]),
    Row(name: "others may read it", drift: "chmod 644 a.conf", changes: ["mode"]),
    Row(name: "the cluster has another name", more: ", cluster_name: prod", changes: ["names"]),
    Row(
      name: "there is more in it than it should be",
      drift: "printf '    token: abc\\n' >>a.conf", changes: ["names"]),
    Row(name: "a group was added", more: ", organization: [a]", changes: ["subject"]),
    Row(name: "it is renewed", daysLater: 300, changes: ["expiry"]),
    Row(
      name: "the key was replaced",
      drift: """
        key=$(openssl ecparam -genkey -name prime256v1 -noout | base64 | tr -d '\\n')
        sed -i "s|client-key-data: .*|client-key-data: $key|" a.conf
        """, changes: ["private key"]),
    Row(
      name: "it is something else", drift: "echo nonsense >a.conf",
      changes: ["server", "authority", "names", "certificate"]),
  ]

  private func task(_ root: String, _ server: String, _ more: String) -> String {
    "{path: \(root)/a.conf, server: '\(server)', ca: ca, common_name: kubernetes-admin\(more)}"
  }

  @Test(arguments: rows, TestShell.allCases)
  func `what is there is compared and mended`(_ row: Row, _ shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let outside = TestHost()
    defer { outside.remove() }
    let ca = try TestAuthority("kubernetes")
    let first = try host.converge(
      module(KubeconfigModule.self, task(host.root, "https://10.0.0.10:6443", ""), ca: ca))
    #expect(first.attributes == ["kubeconfig", "mode"])
    #expect(outside.run("cd \(host.root) && { \(row.drift); }").status == 0)
    let done = try host.converge(
      module(
        KubeconfigModule.self, task(host.root, row.server, row.more), ca: ca,
        daysLater: row.daysLater))
    #expect(done.attributes == row.changes)
    let text = String(decoding: outside.run("cat \(host.root)/a.conf").output, as: UTF8.self)
    #expect(text.contains("    server: \(row.server)\n"))
    #expect(outside.run("[ \"$(stat -c %a \(host.root)/a.conf)\" = 600 ]").status == 0)
    let key = try #require(
      Kubeconfig.pem(Kubeconfig.keyStart, in: text.split(separator: "\n").map(String.init)))
    let leaf = try #require(
      Kubeconfig.pem(Kubeconfig.certificateStart, in: text.split(separator: "\n").map(String.init))
        .flatMap(Certificate.init(pem:)))
    #expect(SigningKey(pem: key)?.publicKey == leaf.publicHalf?.encoded)
    #expect(leaf.isIssued(by: ca.certificate))
    #expect(leaf.extendedUsages == [Issuance.Usage.client.identifier])
  }

  @Test(arguments: TestShell.allCases)
  func `neither a key nor a token comes back`(_ shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let ca = try TestAuthority("kubernetes")
    let module = try module(
      KubeconfigModule.self, task(host.root, "https://10.0.0.10:6443", ""), ca: ca)
    let done = try host.converge(module)
    host.run(
      "printf '    token: canary-token\\n    client-key-data: >-\\n      canary-folded\\n' >>\(host.root)/a.conf"
    )
    let name = "\(host.root)/a.conf"
    let asked = String(
      decoding: host.run(KubeconfigFact.probe([FactRequest(KubeconfigFact.self, name)])).output,
      as: UTF8.self)
    let text = String(decoding: host.run("cat \(name)").output, as: UTF8.self)
    let secret = try #require(
      Kubeconfig.value(Kubeconfig.keyStart, in: text.split(separator: "\n").map(String.init)))
    #expect(asked.contains("client-certificate-data"))
    for trace in [secret, "canary-token", "canary-folded"] {
      #expect(!asked.contains(trace))
      #expect(!"\(done.changes.map { ($0.before, $0.after) })".contains(trace))
    }
    #expect(done.changes.first?.steps.first?.script.source.contains(secret) == false)
  }

  @Test(arguments: [
    ("http://10.0.0.1", "", "server-address"), ("https://a b", "", "server-address"),
    ("https://a", ", user_name: 'a b'", "kubeconfig-name"),
    ("https://a", ", cluster_name: '- x'", "kubeconfig-name"),
  ])
  func `mistakes are found before anything runs`(_ server: String, _ more: String, _ id: String)
    throws
  {
    let ca = try TestAuthority("kubernetes")
    #expect(
      try mistakeID { _ = try module(KubeconfigModule.self, task("/tmp", server, more), ca: ca) }
        == id)
  }
}
