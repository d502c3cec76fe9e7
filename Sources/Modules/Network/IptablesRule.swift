import Diagnostics
import Schema

/// The words of a rule, from the parameters of a task.
///
/// The order is the one that Ansible writes them in: iptables compares rules whatever the order of matches, but options
/// belong to the match or target before them.
struct IptablesRule {
  private(set) var words: [String] = []

  /// Parameters with one value that follow an option; `!` before the value turns it round.
  static let options: [(name: String, option: String, summary: String)] = [
    ("protocol", "-p", "`tcp`, `udp`, `icmp`, ..., a number, or `all`."),
    ("source", "-s", "Where packets come from: an address or network."),
    ("destination", "-d", "Where packets go to: an address or network."),
    ("jump", "-j", "What happens: `ACCEPT`, `DROP`, `REJECT`, `LOG`, another chain, ..."),
    ("gateway", "--gateway", "With `jump: TEE`: where copies go."),
    ("log_prefix", "--log-prefix", "What log lines begin with; `jump: LOG` where not given."),
    ("log_level", "--log-level", "Level of log lines: a word or 0 to 7."),
    ("to_destination", "--to-destination", "With `DNAT`: the new destination."),
    ("to_source", "--to-source", "With `SNAT`: the new source."),
    ("goto", "-g", "Another chain, without coming back."),
    (
      "in_interface", "-i",
      "The interface that packets come in by; `+` at the end stands for anything."
    ),
    ("out_interface", "-o", "The interface that packets leave by."),
    ("fragment", "-f", "Further fragments of packets."),
    ("set_counters", "-c", "Counters that the rule begins with."),
    ("source_port", "--source-port", "A port or a range (`1024:65535`)."),
    ("destination_port", "--destination-port", "A port or a range (`8000:8080`)."),
    ("to_ports", "--to-ports", "With `REDIRECT`: the new port."),
    ("set_dscp_mark", "--set-dscp", "A DSCP value; `jump: DSCP` where not given."),
    ("set_dscp_mark_class", "--set-dscp-class", "A DSCP class; `jump: DSCP` where not given."),
    ("src_range", "--src-range", "A range of source addresses."),
    ("dst_range", "--dst-range", "A range of destination addresses."),
    ("match_set", "--match-set", "The ipset that is looked in."),
    ("limit", "--limit", "How often at most (`10/minute`)."),
    ("limit_burst", "--limit-burst", "How often before the limit counts."),
    ("uid_owner", "--uid-owner", "The account whose process sends."),
    ("gid_owner", "--gid-owner", "The group whose process sends."),
    ("reject_with", "--reject-with", "What a rejection says; `jump: REJECT` where not given."),
    ("icmp_type", "--icmp-type", "The type of ICMP, by name or number."),
    ("comment", "--comment", "A comment that stays with the rule."),
  ]

  static let parameters: [String: Parameter<String?>] = Dictionary(
    options.map { ($0.name, .optional($0.name, $0.summary)) }
  ) { first, _ in first }

  private let values: [String: String]
  private let matches: [String]

  init(
    _ values: [String: String], matches: [String], states: [String], ports: [String],
    flags: (all: [String], set: [String])?, syn: String, setFlags: String?, isIPv6: Bool
  ) {
    var values = values
    if values["jump"] == nil, values["log_prefix"] ?? values["log_level"] != nil {
      values["jump"] = "LOG"
    }
    self.values = values
    self.matches = matches
    add("protocol", "source", "destination")
    for match in matches { words += IptablesRule.turned("-m", match) }
    if let flags {
      words += ["--tcp-flags", flags.all.joined(separator: ","), flags.set.joined(separator: ",")]
    }
    add("jump", "gateway", "log_prefix", "log_level", "to_destination")
    if !ports.isEmpty { words += ["-m", "multiport", "--dports", ports.joined(separator: ",")] }
    add("to_source", "goto", "in_interface", "out_interface", "fragment", "set_counters")
    add("source_port", "destination_port", "to_ports", "set_dscp_mark", "set_dscp_mark_class")
    if syn != "ignore" { words += syn == "negate" ? ["!", "--syn"] : ["--syn"] }
    addStates(states)
    addMatch("iprange", "src_range", "dst_range")
    addMatch("set", "match_set")
    if let setFlags, values["match_set"] != nil { words.append(setFlags) }
    addMatch("limit", "limit", "limit_burst")
    addMatch("owner", "uid_owner")
    addMatch("owner", "gid_owner")
    addTarget()
    add("reject_with")
    if let type = values["icmp_type"] {
      words += IptablesRule.turned(isIPv6 ? "--icmpv6-type" : "--icmp-type", type)
    }
    if let comment = values["comment"] { words += ["-m", "comment", "--comment", comment] }
  }

  private mutating func add(_ names: String...) {
    for name in names {
      guard let value = values[name],
        let option = IptablesRule.options.first(where: { $0.name == name })?.option
      else { continue }
      words += IptablesRule.turned(option, value)
    }
  }

  private mutating func addMatch(_ match: String, _ names: String...) {
    guard names.contains(where: { values[$0] != nil }) else { return }
    if !matches.contains(match), !words.contains(match) { words += ["-m", match] }
    for name in names { add(name) }
  }

  private mutating func addStates(_ states: [String]) {
    guard !states.isEmpty else { return }
    let list = states.joined(separator: ",")
    if matches.contains("state"), !matches.contains("conntrack") {
      words += ["--state", list]
    } else {
      words += (matches.contains("conntrack") ? [] : ["-m", "conntrack"]) + ["--ctstate", list]
    }
  }

  /// The target that an option stands for, where no other is given.
  private mutating func addTarget() {
    guard values["jump"] == nil else { return }
    if values["reject_with"] != nil { words += ["-j", "REJECT"] }
    if values["set_dscp_mark"] ?? values["set_dscp_mark_class"] != nil { words += ["-j", "DSCP"] }
  }

  private static func turned(_ option: String, _ value: String) -> [String] {
    value.hasPrefix("!") ? ["!", option, String(value.dropFirst().trimmed)] : [option, value]
  }
}
