import Diagnostics
import Testing
import Transport

@testable import SSH

/// A configuration of files held in memory; `config` is the user's.
private func configuration(_ files: [String: String]) -> Configuration {
  let environment = Configuration.Environment(
    home: "/home/me", user: "me", agentPath: "/run/agent", variables: ["WORK": "/site"])
  return Configuration(
    paths: ["/home/me/.ssh/config", "/etc/ssh/ssh_config"], environment: environment
  ) { path in
    let name = path == "/home/me/.ssh/config" ? "config" : path
    return files[name].map { Array($0.utf8) }
  }
}

private func settings(
  _ config: String, _ name: String = "web1", others: [String: String] = [:],
  _ change: (inout Endpoint) -> Void = { _ in }
) throws -> HostSettings {
  var endpoint = Endpoint(kind: .ssh, name: name)
  change(&endpoint)
  return try configuration(others.merging(["config": config]) { $1 }).settings(for: endpoint)
}

private func failure(_ config: String, name: String = "web1") throws -> TransportError {
  do {
    let settings = try settings(config, name)
    throw Failure("no error but \(settings)")
  } catch let error as TransportError {
    return error
  }
}

@Suite struct ConfigurationTests {
  @Test func `nothing configured gives the defaults`() throws {
    let settings = try settings("")
    #expect(settings.label == "me@web1:22")
    #expect(settings.identityFiles.first == "/home/me/.ssh/id_ed25519")
    #expect(!settings.hasChosenIdentities)
    #expect(settings.agentPath == "/run/agent")
    #expect(settings.strictness == .strict)
    #expect(
      settings.userKnownHostsFiles == ["/home/me/.ssh/known_hosts", "/home/me/.ssh/known_hosts2"])
  }

  @Test(arguments: [
    ("Host web1\n  HostName 10.0.0.1\n  User deploy\n  Port 2222", "deploy@10.0.0.1:2222"),
    ("host WEB1\nhostname=10.0.0.1", "me@10.0.0.1:22"),
    ("Host web1\n Port = 23", "me@web1:23"),
    ("User first\nHost *\nUser second", "first@web1:22"),
    ("Host db*\nUser a\nHost web*\nUser b\nHost *\nUser c", "b@web1:22"),
    ("Host web* !web1\nUser a\nHost *\nUser b", "b@web1:22"),
    ("Host web2 web?\nUser a", "a@web1:22"),
    ("Host web2\nUser a\nMatch all\nUser b", "b@web1:22"),
    ("Host \"web1\"\nUser \"a b\" # why not", "a b@web1:22"),
    ("Host *\nHostName %h.example.org", "me@web1.example.org:22"),
    ("HostName 100%%.example.org", "me@100%.example.org:22"),
  ])
  func `the first value that holds counts`(config: String, label: String) throws {
    #expect(try settings(config).label == label)
  }

  @Test func `the endpoint wins over its options, and these over the files`() throws {
    let config = "Host web1\nUser file\nPort 1\nHostName file.example.org"
    let settings = try settings(config) {
      $0.user = "mine"
      $0.options = ["user": "option", "port": "2"]
      $0.address = "10.1.1.1"
    }
    #expect(settings.label == "mine@10.1.1.1:2")
  }

  @Test func `a block may name the address as ssh would get it`() throws {
    let config = "Host 10.0.0.*\nUser deploy\nHost web1\nPort 99"
    let settings = try settings(config) { $0.address = "10.0.0.4" }
    #expect(settings.label == "deploy@10.0.0.4:99")
  }

  @Test func `includes hold inside the block they stand in`() throws {
    let others = [
      "/home/me/.ssh/extra": "User inner\nHost db1\nPort 7", "/abs": "Port 99",
    ]
    let config = "Host web1\nInclude extra\nHost *\nInclude /abs"
    #expect(try settings(config, others: others).label == "inner@web1:99")
    #expect(try settings(config, "db1", others: others).label == "me@db1:99")
  }

  @Test func `a file that includes itself is an error and not an endless loop`() throws {
    #expect(try failure("Include config").message.contains("16 deep"))
  }

  @Test func `identity files add up and their tokens are filled in`() throws {
    let config = """
      Host web1
        IdentityFile ~/.ssh/%h-%r
        IdentityFile ${WORK}/%u
        IdentitiesOnly yes
        User deploy
        IdentityAgent none
      """
    let settings = try settings(config)
    #expect(settings.identityFiles == ["/home/me/.ssh/web1-deploy", "/site/me"])
    #expect(settings.hasChosenIdentities)
    #expect(settings.identitiesOnly)
    #expect(settings.agentPath == nil)
  }

  @Test func `a key of the inventory is the only one`() throws {
    let settings = try settings("IdentityFile a") { $0.identityFile = "~/key" }
    #expect(settings.identityFiles == ["/home/me/key"])
    #expect(settings.identitiesOnly)
  }

  @Test(arguments: [
    ("ProxyJump b1", [Jump("b1")]),
    ("ProxyJump a@b1:2222,b2", [Jump("a@b1:2222"), Jump("b2")]),
    ("ProxyJump ssh://a@[fe80::1]:22", [Jump("a@[fe80::1]:22")]),
    ("ProxyJump none\nProxyCommand nc", []),
    ("ProxyJump b1\nProxyCommand nc", [Jump("b1")]),
    ("ProxyCommand none", []),
    ("Host other\nProxyCommand nc", []),
  ])
  func `bastions are read`(config: String, jumps: [Jump?]) throws {
    #expect(try settings(config).jumps == jumps.compactMap(\.self))
  }

  @Test func `bastions of the inventory win`() throws {
    #expect(try settings("ProxyJump b1") { $0.jumps = [] }.jumps == [])
    #expect(try settings("") { $0.jumps = ["x@y"] }.jumps.first?.user == "x")
    let bastion = Bastion("y", identityFile: "k", options: ["stricthostkeychecking": "no"])
    let jump = try settings("") { $0.jumps = [bastion] }.jumps.first
    #expect(jump?.identityFile == "k" && jump?.options == bastion.options)
  }

  @Test func `known hosts, strictness and the rest`() throws {
    let config = """
      UserKnownHostsFile ~/one /two
      GlobalKnownHostsFile none
      StrictHostKeyChecking accept-new
      HostKeyAlias Alias
      HashKnownHosts yes
      ConnectTimeout 1m30s
      ServerAliveInterval 7
      ServerAliveCountMax 2
      Ciphers aes256-ctr,aes128-ctr
      MACs -hmac-sha1*
      KexAlgorithms +diffie-hellman-group1-sha1
      HostKeyAlgorithms ^ssh-rsa
      """
    let settings = try settings(config)
    #expect(settings.userKnownHostsFiles == ["/home/me/one", "/two"])
    #expect(settings.globalKnownHostsFiles == [])
    #expect(settings.strictness == .acceptNew)
    #expect(settings.knownName == "alias")
    #expect(settings.hashesKnownHosts)
    #expect(settings.connectTimeout == 90)
    #expect(settings.aliveInterval == 7)
    #expect(settings.aliveCount == 2)
    #expect(settings.ciphers == ["aes256-ctr", "aes128-ctr"])
    #expect(settings.macs?.contains { $0.hasPrefix("hmac-sha1") } == false)
    #expect(settings.keyExchanges?.last == "diffie-hellman-group1-sha1")
    #expect(settings.hostKeyAlgorithms?.first == "ssh-rsa")
  }

  @Test(
    arguments: [
      ("Port many", "config:1: 'port' is 'many'"),
      ("\nPort 70000", "config:2: 'port' is '70000'"),
      ("StrictHostKeyChecking perhaps", "config:1: 'stricthostkeychecking' is 'perhaps'"),
      ("User", "config:1: the option 'User' has no value"),
      ("User \"a", "config:1: a quoted value does not end on its line"),
      ("Match host web1\nUser a", "config:1: 'Match host web1' is not supported"),
      ("Host web1\n\tProxyCommand nc %h %p", "config:2: 'ProxyCommand' is not supported"),
      ("ProxyJump a:b", "config:1: 'a:b' is not a bastion"),
      ("ServerAliveInterval 5 minutes?", ""),
    ].dropLast())
  func `a mistake is told with its place`(config: String, message: String) throws {
    let error = try failure(config)
    #expect(error.message.contains(message))
    #expect(error.code == .invalidConfiguration)
    #expect(error.help != nil)
  }

  @Test func `an unknown option is a warning, as newer files have options we do not know`() {
    let found = configuration(["config": "Usr x\nVisualHostKey yes"]).diagnostics
    #expect(found.map(\.severity) == [.warning])
    #expect(found.first?.span?.position.line == 1)
  }
}
