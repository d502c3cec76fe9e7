import Glibc
import Schema

/// Reads dates in a `strptime` format (Python's directives).
struct DateReader {
  private var rest: Substring
  private var parts = tm()
  private var micros = 0
  private var isAfternoon = false
  private var hasHalf = false

  /// Nil where the text does not match the format.
  static func date(_ text: String, _ format: String) -> DateObject? {
    var reader = DateReader(rest: text[...])
    reader.parts.tm_mday = 1
    guard reader.read(format), reader.rest.isEmpty else { return nil }
    if reader.hasHalf {
      reader.parts.tm_hour = reader.parts.tm_hour % 12 + (reader.isAfternoon ? 12 : 0)
    }
    return DateObject.from(reader.parts, micros: reader.micros)
  }

  private init(rest: Substring) { self.rest = rest }

  private mutating func read(_ format: String) -> Bool {
    var format = format[...]
    while let character = format.popFirst() {
      if character == "%", let directive = format.popFirst() {
        guard read(directive) else { return false }
      } else if character.isWhitespace {
        rest = rest.drop(while: \.isWhitespace)
      } else {
        guard rest.popFirst() == character else { return false }
      }
    }
    return true
  }

  private mutating func read(_ directive: Character) -> Bool {
    switch directive {
    case "Y": set(\.tm_year, 4, 1...9999) { $0 - 1900 }
    case "y": set(\.tm_year, 2, 0...99) { $0 < 69 ? $0 + 100 : $0 }
    case "m": set(\.tm_mon, 2, 1...12) { $0 - 1 }
    case "d": set(\.tm_mday, 2, 1...31)
    case "H": set(\.tm_hour, 2, 0...23)
    case "I": setHalf()
    case "M": set(\.tm_min, 2, 0...59)
    case "S": set(\.tm_sec, 2, 0...61)
    case "j": setDayOfYear()
    case "f": setMicroseconds()
    case "p": setAfternoon()
    case "b", "h", "B": setMonthName()
    case "a", "A": takeName(Self.days) != nil
    case "T": read("%H:%M:%S")
    case "D": read("%m/%d/%y")
    case "F": read("%Y-%m-%d")
    case "R": read("%H:%M")
    case "z", "Z": takeZone()
    case "%": rest.popFirst() == "%"
    default: false
    }
  }

  private mutating func number(_ width: Int) -> Int? {
    let digits = rest.prefix(width).prefix { $0.isASCII && $0.isNumber }
    rest = rest.dropFirst(digits.count)
    return Int(digits)
  }

  private mutating func set(
    _ field: WritableKeyPath<tm, Int32>, _ width: Int, _ range: ClosedRange<Int>,
    _ convert: (Int) -> Int = { $0 }
  ) -> Bool {
    guard let number = number(width), range.contains(number) else { return false }
    parts[keyPath: field] = Int32(convert(number))
    return true
  }

  private mutating func setHalf() -> Bool {
    hasHalf = true
    return set(\.tm_hour, 2, 1...12)
  }

  private mutating func setDayOfYear() -> Bool {
    guard let day = number(3), (1...366).contains(day) else { return false }
    parts.tm_mon = 0
    parts.tm_mday = Int32(day)
    return true
  }

  private mutating func setMicroseconds() -> Bool {
    let digits = rest.prefix(6).prefix { $0.isASCII && $0.isNumber }
    guard var number = Int(digits) else { return false }
    for _ in digits.count..<6 { number *= 10 }
    micros = number
    rest = rest.dropFirst(digits.count)
    return true
  }

  private mutating func setAfternoon() -> Bool {
    let half = rest.prefix(2).lowercased()
    guard half == "am" || half == "pm" else { return false }
    isAfternoon = half == "pm"
    rest = rest.dropFirst(2)
    return true
  }

  private mutating func takeZone() -> Bool {
    let zone = rest.prefix { $0.isLetter || $0.isNumber || $0 == "+" || $0 == "-" || $0 == ":" }
    rest = rest.dropFirst(zone.count)
    return !zone.isEmpty
  }

  private static let days = [
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
  ]
  private static let months = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
  ]

  private mutating func setMonthName() -> Bool {
    guard let month = takeName(Self.months) else { return false }
    parts.tm_mon = Int32(month)
    return true
  }

  /// Takes a name, whole or its first three letters; its position.
  private mutating func takeName(_ names: [String]) -> Int? {
    for (index, name) in names.enumerated() {
      for candidate in [name, String(name.prefix(3))]
      where rest.prefix(candidate.count).lowercased() == candidate {
        rest = rest.dropFirst(candidate.count)
        return index
      }
    }
    return nil
  }
}
