/// The numbers of `with_sequence`: `start=1 end=9 stride=2 format=node%02d`, or `1-9/2:node%02d`.
struct NumberSequence {
  var start = 1
  var end: Int?
  var count: Int?
  var stride: Int?
  var format = "%d"

  /// nil when the text is neither form.
  init?(_ text: String) {
    guard text.contains("=") ? readWords(text) : readShort(text) else { return nil }
    guard (end == nil) != (count == nil), stride != 0 else { return nil }
  }

  /// The numbers, formatted.
  var texts: [String] {
    let step = stride ?? (end.map { $0 < start ? -1 : 1 } ?? 1)
    let last = end ?? (start + ((count ?? 0) - 1) * step)
    guard count != 0 else { return [] }
    return Swift.stride(from: start, through: last, by: step).map(formatted)
  }

  private mutating func readWords(_ text: String) -> Bool {
    for word in text.split(whereSeparator: \.isWhitespace) {
      guard let equals = word.firstIndex(of: "=") else { return false }
      let value = String(word[word.index(after: equals)...])
      switch word[..<equals] {
      case "format": format = value
      case "start":
        guard let number = integer(value) else { return false }
        start = number
      case "end": end = integer(value)
      case "count": count = integer(value)
      case "stride": stride = integer(value)
      default: return false
      }
    }
    return true
  }

  private mutating func readShort(_ text: String) -> Bool {
    var rest = text[...]
    if let colon = rest.firstIndex(of: ":") {
      format = String(rest[rest.index(after: colon)...])
      rest = rest[..<colon]
    }
    if let slash = rest.firstIndex(of: "/") {
      stride = integer(String(rest[rest.index(after: slash)...]))
      rest = rest[..<slash]
    }
    if let dash = rest.dropFirst().firstIndex(of: "-") {
      guard let number = integer(String(rest[..<dash])) else { return false }
      start = number
      rest = rest[rest.index(after: dash)...]
    }
    end = integer(String(rest))
    return end != nil
  }

  private func integer(_ text: String) -> Int? {
    text.hasPrefix("0x") ? Int(text.dropFirst(2), radix: 16) : Int(text)
  }

  /// The number in place of the first `%d`, `%02d`, `%x` or `%o` of the format.
  private func formatted(_ number: Int) -> String {
    guard let percent = format.firstIndex(of: "%") else { return format }
    var place = format.index(after: percent)
    var width = ""
    while place < format.endIndex, format[place].isNumber {
      width.append(format[place])
      place = format.index(after: place)
    }
    guard place < format.endIndex else { return format }
    let radix: Int
    switch format[place] {
    case "x", "X": radix = 16
    case "o": radix = 8
    default: radix = 10
    }
    let digits = String(number, radix: radix, uppercase: format[place] == "X")
    let pad = String(
      repeating: width.hasPrefix("0") ? "0" : " ", count: max(0, (Int(width) ?? 0) - digits.count))
    return format[..<percent] + pad + digits + format[format.index(after: place)...]
  }
}
