import ModuleKit
import Modules
import Schema
import Testing

/// Rules of the packet filter: their words, and what is done about them.
@Suite struct IptablesTests {
  private func steps(_ yaml: String, _ replies: [(status: Int, output: String)]) throws -> [String]
  {
    let rule = try module(Registry.all.module(named: "iptables"), yaml)
    let requests = rule.reads(given: FactView())
    var text = ""
    for (request, reply) in zip(requests, replies) {
      text += "\(request.key.name)\0\(reply.status)\0\(reply.output)\0"
    }
    var view = FactView()
    let readings = FirewallFact.parse(
      ProbeReply(status: 0, output: Array(text.utf8)), for: requests)
    for (name, reading) in readings {
      view[FactKey(FirewallFact.self, name)] = Observation(reading)
    }
    return try rule.changes(from: view).flatMap(\.steps).map(\.script.source)
  }

  @Test(arguments: [
    ("protocol: tcp\ndestination_port: 22\njump: ACCEPT", "-p tcp -j ACCEPT --destination-port 22"),
    ("source: '!10.0.0.0/8'\njump: DROP", "'!' -s 10.0.0.0/8 -j DROP"),
    (
      "ctstate: [ESTABLISHED, RELATED]\njump: ACCEPT",
      "-j ACCEPT -m conntrack --ctstate ESTABLISHED,RELATED"
    ),
    ("match: state\nctstate: NEW\njump: ACCEPT", "-m state -j ACCEPT --state NEW"),
    (
      "protocol: tcp\ndestination_ports: ['80', '443']\njump: ACCEPT",
      "-p tcp -j ACCEPT -m multiport --dports 80,443"
    ),
    (
      "limit: 2/second\nlimit_burst: 5\nlog_prefix: 'in: '",
      "-j LOG --log-prefix 'in: ' -m limit --limit 2/second --limit-burst 5"
    ),
    (
      "reject_with: tcp-reset\nprotocol: tcp\nsyn: match",
      "-p tcp --syn -j REJECT --reject-with tcp-reset"
    ),
    (
      "tcp_flags: {flags: [SYN, RST], flags_set: [SYN]}\nprotocol: tcp\njump: DROP",
      "-p tcp --tcp-flags SYN,RST SYN -j DROP"
    ),
    (
      "src_range: 10.0.0.1-10.0.0.9\njump: ACCEPT",
      "-j ACCEPT -m iprange --src-range 10.0.0.1-10.0.0.9"
    ),
    (
      "match_set: admins\nmatch_set_flags: src\njump: ACCEPT",
      "-j ACCEPT -m set --match-set admins src"
    ),
    (
      "icmp_type: echo-request\nprotocol: icmp\njump: ACCEPT\ncomment: it's ok",
      "-p icmp -j ACCEPT --icmp-type echo-request -m comment --comment 'it'\\''s ok'"
    ),
  ])
  func `words of rules`(_ yaml: String, _ words: String) throws {
    #expect(
      try steps("chain: INPUT\n\(yaml)", [(1, "")])
        == ["iptables -w 5 -t filter -A INPUT \(words)"])
  }

  @Test(
    arguments: [
      ("jump: DROP", 0, "", nil), ("jump: DROP\nstate: absent", 0, "", "-D INPUT -j DROP"),
      ("jump: DROP\nstate: absent", 1, "", nil),
      ("jump: DROP\naction: insert\nrule_num: 2", 1, "", "-I INPUT 2 -j DROP"),
      ("jump: DROP", 2, "iptables v1.8.9: Chain 'MINE' does not exist", "-A INPUT -j DROP"),
      ("policy: DROP", 0, "-P INPUT ACCEPT\n", "-P INPUT DROP"),
      ("policy: DROP", 0, "-P INPUT DROP\n", nil),
      ("flush: true", 0, "-P INPUT ACCEPT\n-A INPUT -j DROP\n", "-F INPUT"),
      ("flush: true", 0, "-P INPUT ACCEPT\n", nil), ("chain_management: true", 1, "", "-N INPUT"),
      ("chain_management: true\nstate: absent", 0, "-N INPUT\n", "-X INPUT"),
    ] as [(String, Int, String, String?)])
  func `what is done`(_ yaml: String, _ status: Int, _ output: String, _ words: String?) throws {
    #expect(
      try steps("chain: INPUT\n\(yaml)", [(status, output)])
        == (words.map { ["iptables -w 5 -t filter \($0)"] } ?? []))
  }

  @Test func `both protocols, each where it differs`() throws {
    #expect(
      try steps(
        "chain: INPUT\nip_version: both\nprotocol: icmp\nicmp_type: '8'\njump: ACCEPT",
        [(0, ""), (1, "")])
        == ["ip6tables -w 5 -t filter -A INPUT -p icmp -j ACCEPT --icmpv6-type 8"])
  }

  @Test(arguments: ["chain: INPUT", "jump: ACCEPT"])
  func `half a rule is refused`(yaml: String) throws {
    #expect(
      try mistakeID { _ = try module(Registry.all.module(named: "iptables"), yaml) }
        == "missing-parameter")
  }

  @Test func `a host without the program says so`() throws {
    #expect(throws: (any Error).self) { try steps("chain: INPUT\njump: DROP", [(127, "")]) }
  }

  @Test func `a policy of a chain that is not built in is refused`() throws {
    #expect(throws: (any Error).self) {
      try steps("chain: MINE\npolicy: DROP", [(0, "-N MINE\n")])
    }
  }
}
