import ModuleKit

/// What a program of Kubernetes answers to `--version`: `Kubernetes v1.36.3`.
///
/// The key is its path; absent where there is no such program.
package struct ProgramVersionFact: Fact {
  package static let kind = "program version"
  package static let keysArePaths = true

  package var text: String

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    for program in \(words: requests.map(\.key.name)); do
      if [ -x "$program" ]; then put "$program" there "$("$program" --version 2>/dev/null)"
      else put "$program" '' ''; fi
    done
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<ProgramVersionFact>] {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<ProgramVersionFact>] = [:]
    while records.count >= 3 {
      let fields = Array(records.prefix(3))
      records = records.dropFirst(3)
      readings[fields[0]] =
        fields[1].isEmpty
        ? .absent : .present(ProgramVersionFact(text: fields[2].trimmed.description))
    }
    return readings
  }
}
