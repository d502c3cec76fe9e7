import Diagnostics
import Schema

/// A time for a file: kept as it is, or set.
enum TouchTime: ParameterType, Hashable {
  case preserve
  case at(Stamp)

  /// A moment in the host's local time.
  struct Stamp: Sendable, Hashable {
    /// As stat(1) prints it: `2026-01-31 15:30:00`.
    let local: String
    /// As touch(1) takes it: `202601311530.00`.
    let argument: String
  }

  static let typeDescription = "`preserve` or YYYYMMDDhhmm.ss"

  init(_ argument: Argument) throws(Diagnostic) {
    let text = argument.sourceText ?? ""
    if text == "preserve" {
      self = .preserve
      return
    }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let seconds = parts.count == 2 ? parts[1] : "00"
    let digits = Array(parts.first ?? "")
    guard parts.count <= 2, digits.count == 12, seconds.count == 2,
      digits.allSatisfy({ $0.isASCII && $0.isNumber }),
      seconds.allSatisfy({ $0.isASCII && $0.isNumber })
    else {
      throw argument.wrong(
        "file-time", "must be `preserve` or a time, not \(argument.shown)",
        help: "write a time in quotes, as in \"202601311530.00\"; `now` would never be in sync")
    }
    func part(_ range: Range<Int>) -> String { String(digits[range]) }
    self = .at(
      Stamp(
        local:
          "\(part(0..<4))-\(part(4..<6))-\(part(6..<8)) \(part(8..<10)):\(part(10..<12)):\(seconds)",
        argument: "\(part(0..<12)).\(seconds)"))
  }
}
