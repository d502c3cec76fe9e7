import ModuleKit

/// An installed package.
///
/// Keys are names as the host's package manager uses them; absent when it is not installed. With
/// the want `candidate` the version that the repositories offer is read too (`apt-cache`, `dnf`),
/// which is slower.
package struct PackageFact: Fact {
  package static let kind = "package"

  package var isInstalled: Bool
  /// The version: `1.22.1-9+deb12u1`, `2:8.0.1763-19.el8` (the epoch only when there is one); nil in a prediction
  /// where the repositories decide.
  package var version: String?
  package var architecture: String
  /// Whether it is held back (`apt-mark hold`).
  package var isHeld: Bool
  /// What the repositories offer; nil when they offer none, or it was not asked for.
  package var candidate: String?

  /// The same package as far as both are known.
  package static func == (left: PackageFact, right: PackageFact) -> Bool {
    left.isInstalled == right.isInstalled
      && (left.version == nil || right.version == nil || left.version == right.version)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(isInstalled) }

  package static func probe(_ requests: [FactRequest]) -> Script {
    let names = requests.map(\.key.name)
    let candidates = requests.filter { $0.wants.contains("candidate") }.map(\.key.name)
    return """
      if command -v dpkg-query >/dev/null; then
        echo deb
        dpkg-query -W -f='i ${Package} ${db:Status-Abbrev}${Architecture} ${Version}\\n' -- \(words: names) 2>/dev/null
        [ -z \(candidates.joined(separator: " ")) ] || apt-cache policy -- \(words: candidates)
      elif command -v rpm >/dev/null; then
        echo rpm
        rpm -q --qf 'i %{NAME} ii %{ARCH} %{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n' -- \(words: names)
        [ -z \(candidates.joined(separator: " ")) ] ||
          if command -v dnf >/dev/null; then dnf -q --cacheonly repoquery --latest-limit=1 \\
            --qf 'c %{name} %{epoch}:%{version}-%{release}\\n' -- \(words: candidates)
          else repoquery -C --qf 'c %{name} %{epoch}:%{version}-%{release}' -- \(words: candidates)
          fi
      else
        echo 'neither dpkg nor rpm is installed' >&2
        exit 127
      fi
      true
      """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<PackageFact>] {
    guard reply.status == 0 else {
      let said = String(String(decoding: reply.errors, as: UTF8.self).trimmed)
      return Dictionary(requests.map { ($0.key.name, .unreadable(said)) }) { first, _ in first }
    }
    var installed: [String: PackageFact] = [:]
    var candidates: [String: String] = [:]
    var policy = ""
    for line in reply.lines {
      let words = line.words
      switch words.first {
      case "i": if words.count >= 5 { add(words, to: &installed) }
      case "c": if words.count == 3 { candidates[String(words[1])] = epochless(words[2]) }
      case "Candidate:":
        if words.count == 2, words[1] != "(none)" { candidates[policy] = String(words[1]) }
      default: if line.hasSuffix(":"), !line.hasPrefix(" ") { policy = String(line.dropLast()) }
      }
    }
    var readings: [String: Reading<PackageFact>] = [:]
    for name in requests.map(\.key.name) {
      var fact = installed[name]
      if let candidate = candidates[name] {
        fact =
          fact
          ?? PackageFact(
            isInstalled: false, version: nil, architecture: "", isHeld: false, candidate: nil)
        fact?.candidate = candidate
      }
      readings[name] = fact.map { .present($0) } ?? .absent
    }
    return readings
  }

  /// A line `i NAME STATUS ARCHITECTURE VERSION`; of status `ii` or `hi` (dpkg-query(1): wanted, then what is).
  private static func add(_ words: [Substring], to installed: inout [String: PackageFact]) {
    guard words[2].dropFirst().first == "i", words[2].count == 2 else { return }
    let name = String(words[1])
    let fact = PackageFact(
      isInstalled: true, version: epochless(words[4]), architecture: String(words[3]),
      isHeld: words[2].hasPrefix("h"))
    installed[name] = fact
    installed["\(name):\(fact.architecture)"] = fact
  }

  private static func epochless(_ version: Substring) -> String {
    String(version.hasPrefix("0:") ? version.dropFirst(2) : version)
  }
}
