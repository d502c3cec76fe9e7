import ModuleKit

/// What an installation would do, as the package manager itself foretells it (`apt-get --simulate`).
///
/// Keys are the words after `install`, joined by blanks; after `@` the words of another command (`@ dist-upgrade`).
///
/// Absent where the package manager has no cheap answer (dnf).
package struct PackageSimulationFact: Fact {
  package static let kind = "package_simulation"

  /// The versions of all packages that would come, dependencies too, by name.
  package var installs: [String: String]
  package var removes: [String]
  /// How many downloaded files would be deleted (`autoclean`).
  package var deletes: Int
  /// What was said instead, when it would not work.
  package var refusal: String?

  package static func probe(_ requests: [FactRequest]) -> Script {
    let simulations = requests.map { request -> Script in
      let given = request.key.name.split(separator: " ").map { String($0) }
      let words = given.first == "@" ? Array(given.dropFirst()) : ["install"] + given
      return """
        put \(request.key.name)
        apt-get -s -q \(words: words) 2>&1
        put "
        status $?"
        """
    }
    return "command -v apt-get >/dev/null || exit 0" + Script(lines: simulations)
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<PackageSimulationFact>] {
    let records = reply.records.map { String(decoding: $0, as: UTF8.self) }
    guard !records.isEmpty else {
      return Dictionary(requests.map { ($0.key.name, .absent) }) { first, _ in first }
    }
    var readings: [String: Reading<PackageSimulationFact>] = [:]
    for index in stride(from: 0, to: records.count - 1, by: 2) {
      readings[records[index]] = .present(PackageSimulationFact(records[index + 1]))
    }
    return readings
  }

  private init(_ output: String) {
    installs = [:]
    removes = []
    deletes = 0
    var complaints: [String] = []
    var isFine = false
    for line in output.split(separator: "\n") {
      let words = line.words
      switch words.first {
      case "Inst": if words.count > 2 { addInstallation(words) }
      case "Remv", "Purg": if words.count > 1 { removes.append(String(words[1])) }
      case "Del": deletes += 1
      case "E:": complaints.append(String(line.dropFirst(3)))
      case "status": isFine = words.last == "0"
      default: continue
      }
    }
    refusal =
      isFine
      ? nil : complaints.isEmpty ? String(output.trimmed) : complaints.joined(separator: "; ")
  }

  /// `Inst NAME [OLD] (VERSION SOURCE [ARCHITECTURE])`.
  private mutating func addInstallation(_ words: [Substring]) {
    guard let version = words.dropFirst(2).first(where: { $0.hasPrefix("(") }) else { return }
    installs[String(words[1])] = String(version.dropFirst())
  }
}
