/// A second of UTC, as certificates write and compare it.
package struct Moment: Sendable, Hashable, Comparable {
  /// Since 1970.
  package var seconds: Int

  package init(seconds: Int) { self.seconds = seconds }

  package static func < (left: Moment, right: Moment) -> Bool { left.seconds < right.seconds }

  /// Reads `YYYYMMDDHHMMSSZ`; nil where it is not that.
  package init?(_ text: String) {
    let digits = Array(text.utf8)
    guard digits.count == 15, digits[14] == UInt8(ascii: "Z"),
      digits.dropLast().allSatisfy({ (48...57).contains($0) })
    else { return nil }
    func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + Int($1) - 48 } }
    let days = Self.days(year: number(0..<4), month: number(4..<6), day: number(6..<8))
    seconds = days * 86400 + number(8..<10) * 3600 + number(10..<12) * 60 + number(12..<14)
  }

  /// `YYYYMMDDHHMMSSZ`.
  package var text: String {
    let (year, month, day) = date
    let rest = seconds - days * 86400
    return Self.padded(year, 4)
      + [month, day, rest / 3600, rest / 60 % 60, rest % 60]
      .map { Self.padded($0, 2) }.joined() + "Z"
  }

  /// `2026-01-31`.
  package var day: String {
    let (year, month, day) = date
    return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
  }

  /// `2026-01-31T15:30:00Z`.
  package var iso8601: String {
    let rest = seconds - days * 86400
    return day + "T"
      + [rest / 3600, rest / 60 % 60, rest % 60].map { Self.padded($0, 2) }.joined(separator: ":")
      + "Z"
  }

  /// So many days later.
  package func adding(days: Int) -> Moment { Moment(seconds: seconds + days * 86400) }

  private static func padded(_ number: Int, _ count: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, count - digits.count)) + digits
  }

  private var days: Int { (seconds - (seconds % 86400 + 86400) % 86400) / 86400 }

  /// Days since 1970 of a date of the Gregorian calendar: eras of 400 years that begin in March.
  private static func days(year: Int, month: Int, day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let ofEra = year - era * 400
    let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
  }

  private var date: (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let ofEra = shifted - era * 146_097
    let year = (ofEra - ofEra / 1460 + ofEra / 36524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * year + year / 4 - year / 100)
    let month = (5 * ofYear + 2) / 153
    let day = ofYear - (153 * month + 2) / 5 + 1
    let number = month < 10 ? month + 3 : month - 9
    return (year + era * 400 + (number <= 2 ? 1 : 0), number, day)
  }
}
