import Schema

extension IptablesModule {
  static let chain = Parameter<String?>.optional(
    "chain", "`INPUT`, `FORWARD`, `OUTPUT`, `PREROUTING`, `POSTROUTING`, or a chain of one's own.")
  static let table = Parameter<Table>.optional(
    "table", "The table.", default: .filter, shown: "filter")
  static let state = Parameter<State>.optional(
    "state", "Whether the rule is there.", default: .present, shown: "present")
  static let action = Parameter<Action>.optional(
    "action", "Where a new rule goes: at the chain's end, or before rule `rule_num`.",
    default: .append, shown: "append")
  static let number = Parameter<Int?>.optional(
    "rule_num", "With `insert`: the place in the chain, from 1.")
  static let version = Parameter<Version>.optional(
    "ip_version", "Of which protocol: `ipv4`, `ipv6`, `both`.", default: .ipv4, shown: "ipv4")
  static let matches = Parameter<[String]>.optional(
    "match", "Extensions that are loaded in addition.", default: [], shown: "[]")
  static let states = Parameter<[String]>.optional(
    "ctstate", "States of connections: `NEW`, `ESTABLISHED`, `RELATED`, ...", default: [],
    shown: "[]")
  static let ports = Parameter<[String]>.optional(
    "destination_ports", "Several ports or ranges.", default: [], shown: "[]")
  static let flags = Parameter<ValueMap?>.optional(
    "tcp_flags", "`flags`: the TCP flags looked at; `flags_set`: those that are set.")
  static let syn = Parameter<Syn>.optional(
    "syn", "Packets that begin a connection: `match`, or `negate` for all others.",
    default: .ignore, shown: "ignore")
  static let setFlags = Parameter<String?>.optional(
    "match_set_flags", "What is looked up in the ipset: `src`, `dst`, `src,dst`, ...")
  static let policy = Parameter<Policy?>.optional(
    "policy", "The policy of a built-in chain, instead of a rule.")
  static let flush = Parameter<Bool>.optional(
    "flush", "Removes all rules of the chain, instead of one.", default: false, shown: "false")
  static let managesChain = Parameter<Bool>.optional(
    "chain_management", "Without a rule: makes or removes the chain itself.", default: false,
    shown: "false")
  static let wait = Parameter<Int>.optional(
    "wait", "Seconds to wait for the lock of the tables.", default: 5, shown: "5")
  static let ignored = Parameter<Bool>.optional(
    "numeric", "Taken for Ansible's sake: names are never looked up.", default: false,
    shown: "false")

  static let manual = Manual(
    "iptables", .state, "A rule of the packet filter.",
    notes: [
      "The rule is looked up by `iptables -C`; options of a match or target are written as iptables(8) and iptables-extensions(8) have them, `!` before a value turns it round.",
      "Rules are in the kernel only: they are gone after a reboot unless something saves them.",
      "A rule in another place of the chain than wished stays there.",
    ],
    parameters: [
      chain.manual, table.manual, state.manual, action.manual, number.manual, version.manual,
      matches.manual, states.manual, ports.manual, flags.manual, syn.manual, setFlags.manual,
      policy.manual, flush.manual, managesChain.manual, wait.manual, ignored.manual,
    ] + IptablesRule.options.compactMap { IptablesRule.parameters[$0.name]?.manual },
    exclusive: [["set_dscp_mark", "set_dscp_mark_class"], ["flush", "policy"]],
    results: [.init("rule", "the rule's words"), .init("chain", "as given")],
    examples: [
      """
      - name: the API from inside only
        iptables:
          chain: INPUT
          protocol: tcp
          destination_port: "6443"
          source: 10.0.0.0/8
          ctstate: [NEW]
          jump: ACCEPT
          comment: API of the cluster
      """,
      """
      - name: what nobody let in stays outside
        iptables:
          chain: INPUT
          policy: DROP
          ip_version: both
      """,
    ])
}
