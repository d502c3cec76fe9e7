import ModuleKit

/// The operating system of a host: os-release(5), kernel, and who manages packages and services.
///
/// One per host.
package struct OSFact: Fact {
  package static let kind = "os"

  /// The fields of os-release: `ID`, `VERSION_ID`, `ID_LIKE`, `PRETTY_NAME`, `VERSION_CODENAME`.
  package var release: [String: String]
  /// `uname -r`.
  package var kernel: String
  /// `uname -m`: `x86_64`, `aarch64`.
  package var architecture: String
  /// `apt`, `dnf`, `yum`, `zypper`, `apk`, `pacman`; empty when there is none of them.
  package var packageManager: String
  /// `systemd`, else the name of process 1.
  package var serviceManager: String

  package var id: String { release["ID"] ?? "linux" }
  /// `ID` and `ID_LIKE` together.
  package var families: [String] {
    [id] + (release["ID_LIKE"] ?? "").split(separator: " ").map(String.init)
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    uname -r; uname -m
    p=; for m in apt-get dnf yum zypper apk pacman; do command -v $m >/dev/null && { p=$m; break; }; done
    echo "$p"
    if [ -d /run/systemd/system ]; then echo systemd; else read -r n </proc/1/comm; echo "$n"; fi
    cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<OSFact>] {
    let lines = reply.lines
    guard lines.count >= 4 else {
      return ["": .unreadable(String(decoding: reply.errors, as: UTF8.self))]
    }
    return [
      "": .present(
        OSFact(
          release: release(lines.dropFirst(4)), kernel: String(lines[0]),
          architecture: String(lines[1]),
          packageManager: lines[2] == "apt-get" ? "apt" : String(lines[2]),
          serviceManager: String(lines[3])))
    ]
  }

  /// Fields of an os-release file; values may be quoted as in sh.
  static func release(_ lines: some Sequence<Substring>) -> [String: String] {
    var fields: [String: String] = [:]
    for line in lines where !line.hasPrefix("#") {
      guard let (name, value) = line.trimmed.halves(at: "=") else { continue }
      fields[String(name)] = unquoted(value)
    }
    return fields
  }

  private static func unquoted(_ value: Substring) -> String {
    guard let quote = value.first, quote == "\"" || quote == "'", value.last == quote,
      value.count > 1
    else { return String(value) }
    let inner = value.dropFirst().dropLast()
    guard quote == "\"" else { return String(inner) }
    var text = ""
    var isEscaped = false
    for character in inner {
      if character == "\\", !isEscaped {
        isEscaped = true
      } else {
        text.append(character)
        isEscaped = false
      }
    }
    return text
  }
}
