import Diagnostics
import Schema

/// The full name of a systemd unit: a name without a known ending is a service (systemctl(1)).
struct UnitName: ParameterType, Hashable, CustomStringConvertible {
  static var typeDescription: String { "unit name" }
  let description: String

  init(_ argument: Argument) throws(Diagnostic) {
    guard let text = argument.sourceText, UnitName.isValid(text) else {
      throw argument.wrong(
        "unit-name", "must be the name of a unit, not \(argument.shown)",
        help: "as systemctl takes it: `sshd`, `sshd.service`, `chrony-wait.timer`")
    }
    description = UnitName.full(text)
  }

  /// What systemd.unit(5) allows, without patterns.
  private static func isValid(_ text: String) -> Bool {
    guard let first = text.first, first != "-", first != ".", text.utf8.count < 256 else {
      return false
    }
    return text.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || ":-_.\\@".contains($0))
    }
  }

  private static let endings: Set = [
    "service", "socket", "device", "mount", "automount", "swap", "target", "path", "timer", "slice",
    "scope",
  ]

  static func full(_ name: String) -> String {
    let ending = name.lastIndex(of: ".").map { String(name[name.index(after: $0)...]) } ?? ""
    return endings.contains(ending) ? name : name + ".service"
  }
}
