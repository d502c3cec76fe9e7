import ModuleKit
import Schema

/// The packages that a pip(1) sees.
///
/// Keys are the program, by name or path; empty for the first of `pip3`, `pip` and `python3 -m pip` that is there. Absent
/// where there is none. A want `outdated` and words behind it, each after a line end, asks the index too, with these words
/// for pip.
package struct PipFact: Fact {
  package static let kind = "pip"

  /// Versions by normalized name.
  package var versions: [String: String]
  /// The names of those of which the index has a later version; nil when not wanted.
  package var outdated: Set<String>?

  package static func probe(_ requests: [FactRequest]) -> Script {
    Script(
      lines: [choice]
        + requests.map { request in
          let words = request.wants.first { $0.hasPrefix("outdated") }
            .map { $0.split(separator: "\n").dropFirst().map { String($0) } }
          let later: Script =
            words.map {
              "l=$(run_pip list --outdated --format=json \(words: $0) 2>&1) || { put \(request.key.name) error \"$l\" ''; continue; }"
            } ?? "l="
          return """
            for once in 1; do
              choose_pip \(request.key.name) || { put \(request.key.name) absent '' ''; continue; }
              o=$(run_pip list --format=freeze --disable-pip-version-check 2>/dev/null) || { put \(request.key.name) error "pip list failed: $(run_pip list 2>&1)" ''; continue; }
              \(later)
              put \(request.key.name) \("listed") "$o" "$l"
            done
            """
        })
  }

  /// `choose_pip PROGRAM` finds it, `run_pip ARG...` runs it.
  static let choice: Script = """
    choose_pip() {
      pip=$1
      if [ -n "$1" ]; then command -v "$1" >/dev/null; return; fi
      for pip in pip3 pip; do if command -v "$pip" >/dev/null; then return 0; fi; done
      pip=
      python3 -m pip --version >/dev/null 2>&1
    }
    run_pip() { if [ -n "$pip" ]; then "$pip" "$@"; else python3 -m pip "$@"; fi; }
    """

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<PipFact>] {
    let wants = Dictionary(requests.map { ($0.key.name, $0.wants) }) { $0.union($1) }
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<PipFact>] = [:]
    while records.count >= 4 {
      let (name, word, listing, later) = (
        records.removeFirst(), records.removeFirst(), records.removeFirst(), records.removeFirst()
      )
      switch word {
      case "absent": readings[name] = .absent
      case "error": readings[name] = .unreadable(String(listing.trimmed))
      default:
        let isAsked = wants[name]?.contains { $0.hasPrefix("outdated") } == true
        readings[name] = .present(
          PipFact(versions: versions(listing), outdated: isAsked ? outdated(later) : nil))
      }
    }
    return readings
  }

  /// Lines `name==1.2`, of which others are comments or editable packages.
  private static func versions(_ listing: String) -> [String: String] {
    var versions: [String: String] = [:]
    for line in listing.fileLines {
      guard let place = line.firstRange(of: "==") else { continue }
      versions[PythonRequirement.normalized(line[..<place.lowerBound])] =
        String(line[place.upperBound...].trimmed)
    }
    return versions
  }

  /// The names in `[{"name": "x", ...}]`.
  private static func outdated(_ text: String) -> Set<String> {
    guard let start = text.firstIndex(of: "["),
      let list = (try? JSON.parse(String(text[start...])))?.list
    else { return [] }
    return Set(
      list.compactMap { $0.dict?["name"]?.string }.map { PythonRequirement.normalized($0) })
  }
}
