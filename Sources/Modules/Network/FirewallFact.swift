import ModuleKit

/// Whether a rule or a chain of iptables is there, and a chain's policy.
///
/// Keys are words separated by line ends: the program (`iptables`, `ip6tables`), the table, the chain, then the rule's
/// words; without them the chain itself is meant. Absent where the rule or chain is not there.
package struct FirewallFact: Fact {
  package static let kind = "firewall"
  package static let reach = FactReach.thing

  /// A built-in chain's policy (`ACCEPT`, `DROP`), where a chain was asked for; empty for a chain without.
  package var policy: String
  /// Rules in the chain, where it was asked for.
  package var rules: Int

  static func name(_ program: String, _ table: String, _ chain: String, _ rule: [String]) -> String
  {
    ([program, table, chain] + rule).joined(separator: "\n")
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    let calls = requests.map { request -> Script in
      let words = request.key.name.split(separator: "\n", omittingEmptySubsequences: false)
        .map { String($0) }
      guard words.count >= 3 else { return "" }
      let ways = ["-w", "5", "-t", words[1]]
      let call: Script =
        words.count > 3
        ? "\(words[0]) \(words: ways) -C \(words[2]) \(words: Array(words.dropFirst(3)))"
        : "\(words[0]) \(words: ways) -S \(words[2])"
      return """
        if command -v \(words[0]) >/dev/null; then o=$(\(call) 2>&1); s=$?; else s=127; o=; fi
        put \(request.key.name) "$s" "$o"
        """
    }
    return Script(lines: calls)
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<FirewallFact>] {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<FirewallFact>] = [:]
    while records.count >= 3 {
      let (name, status, output) = (
        records.removeFirst(), records.removeFirst(), records.removeFirst()
      )
      let lines = output.fileLines
      switch status {
      case "0":
        let policy = lines.first { $0.hasPrefix("-P ") }?.words.last.map { String($0) } ?? ""
        readings[name] = .present(
          FirewallFact(policy: policy, rules: lines.filter { $0.hasPrefix("-A ") }.count))
      case "1": readings[name] = .absent
      case "127":
        let program = name.prefix { $0 != "\n" }
        readings[name] = .unreadable("\(program)(8) is not on the host")
      case "2" where isMissing(output): readings[name] = .absent
      default: readings[name] = .unreadable(String(output.trimmed))
      }
    }
    return readings
  }

  /// What iptables says with status 2 where the chain of a rule is not there.
  private static func isMissing(_ output: String) -> Bool {
    output.contains("No chain/target/match") || output.contains("does a matching rule exist")
      || output.contains("Chain") && output.contains("does not exist")
  }
}
