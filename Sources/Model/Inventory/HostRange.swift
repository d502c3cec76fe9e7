/// Names with ranges, such as `web[01:50:2].example.com` or `db-[a:f]`.
enum HostRange {
  /// Why a range cannot be read.
  struct Failure: Error, Equatable { let message: String }

  /// The names that a text with any number of ranges stands for, in order; the text itself without one.
  static func names(_ text: String) throws(Failure) -> [String] {
    guard let open = text.firstIndex(of: "[") else { return [text] }
    guard let close = text[open...].firstIndex(of: "]") else {
      throw Failure(message: "the bracket is not closed")
    }
    if isIPv6(text[text.index(after: open)..<close]) { return [text] }
    let bounds = text[text.index(after: open)..<close]
      .split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let items = try items(bounds)
    let tails = try names(String(text[text.index(after: close)...]))
    return items.flatMap { item in tails.map { text[..<open] + item + $0 } }
  }

  private static func items(_ bounds: [String]) throws(Failure) -> [String] {
    guard bounds.count == 2 || bounds.count == 3 else {
      throw Failure(message: "a range is `[first:last]` or `[first:last:step]`")
    }
    let first = bounds[0].isEmpty ? "0" : bounds[0]
    let last = bounds[1]
    guard !last.isEmpty else { throw Failure(message: "the range has no end") }
    guard let step = bounds.count == 3 ? Int(bounds[2]) : 1, step > 0 else {
      throw Failure(message: "the step of the range is no number above 0")
    }
    if let start = letters.firstIndex(of: first), let end = letters.firstIndex(of: last) {
      guard start <= end else { throw Failure(message: "the range ends before it begins") }
      return stride(from: start, through: end, by: step).map { letters[$0] }
    }
    return try numbers(first, last, step)
  }

  private static func numbers(_ first: String, _ last: String, _ step: Int) throws(Failure)
    -> [String]
  {
    guard let start = Int(first), let end = Int(last), start >= 0 else {
      throw Failure(message: "the ends of the range are neither two numbers nor two letters")
    }
    guard start <= end else { throw Failure(message: "the range ends before it begins") }
    let isPadded = first.hasPrefix("0") && first.count > 1
    guard !isPadded || first.count == last.count else {
      throw Failure(message: "both ends of the range must have the same number of digits")
    }
    return stride(from: start, through: end, by: step).map { number in
      let digits = String(number)
      return isPadded
        ? String(repeating: "0", count: max(0, first.count - digits.count)) + digits : digits
    }
  }

  /// `a` to `z`, then `A` to `Z`.
  private static let letters: [String] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    .map(String.init)

  private static func isIPv6(_ text: Substring) -> Bool {
    text.contains("::") || text.count { $0 == ":" } > 2
  }

  /// Cuts `name:22` into name and port; the port is nil where there is none.
  ///
  /// Only after what can be the name of a host: `user@web:22` has no port (ansible-core 2.19, `parsing/utils/addresses.py`).
  static func address(_ text: String) -> (name: String, port: Int?) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      text[text.index(after: colon)...].allSatisfy(\.isASCII)
    else { return (text, nil) }
    let name = text[..<colon]
    if name.hasPrefix("["), name.hasSuffix("]"), isIPv6(name.dropFirst().dropLast()) {
      return (String(name.dropFirst().dropLast()), port)
    }
    return isName(name) ? (String(name), port) : (text, nil)
  }

  /// Letters, digits, `-`, `_` and `.`, and ranges in brackets.
  private static func isName(_ text: Substring) -> Bool {
    var isInRange = false
    for character in text {
      switch character {
      case "[" where !isInRange: isInRange = true
      case "]" where isInRange: isInRange = false
      case ":" where isInRange, "-", "_", ".": continue
      default: guard character.isLetter || character.isNumber else { return false }
      }
    }
    return !isInRange && !text.isEmpty
  }
}
