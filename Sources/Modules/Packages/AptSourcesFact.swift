import ModuleKit

/// The one-line package sources of a Debian host: `sources.list` and `sources.list.d/*.list` (sources.list(5)).
///
/// One per host.
package struct AptSourcesFact: Fact {
  package static let kind = "apt_sources"

  /// Lines by file; disabled ones too.
  package var lines: [String: [String]]

  package static func sources(of name: String) -> [String] {
    ["/etc/apt/sources.list", "/etc/apt/sources.list.d"]
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    [ -d /etc/apt ] || { echo 'the host has no /etc/apt' >&2; exit 1; }
    grep -sH '' /etc/apt/sources.list /etc/apt/sources.list.d/*.list
    true
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<AptSourcesFact>] {
    guard reply.status == 0 else {
      return ["": .unreadable(String(String(decoding: reply.errors, as: UTF8.self).trimmed))]
    }
    var lines: [String: [String]] = [:]
    for line in reply.lines {
      guard let (path, text) = line.halves(at: ":") else { continue }
      lines[String(path), default: []].append(String(text))
    }
    return ["": .present(AptSourcesFact(lines: lines))]
  }
}

/// A line of sources.list(5) in one spelling: single blanks, no comment at its end.
func aptSource(_ line: String) -> String {
  String(line.prefix { $0 != "#" }).singleSpaced
    .replacing("[ ", with: "[").replacing(" ]", with: "]")
}
