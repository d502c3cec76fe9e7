import Glibc
import Schema

/// A point in time or the span between two, as `to_datetime`, `now()` and their differences give.
final class DateObject: TemplateObject {
  private enum Kind: Equatable {
    /// Microseconds since 1970 of the wall clock it shows.
    case date(Int)
    /// Microseconds.
    case span(Int)
  }

  private let kind: Kind

  private init(_ kind: Kind) { self.kind = kind }

  private static let perSecond = 1_000_000
  private static let perDay = 86_400 * perSecond

  /// The wall clock at a number of seconds since 1970.
  static func from(epoch seconds: Double, isUTC: Bool) -> DateObject {
    let whole = Int(seconds.rounded(.down))
    let micros = Int(((seconds - Double(whole)) * 1e6).rounded())
    var offset = 0
    if !isUTC {
      var time = time_t(whole)
      var parts = tm()
      localtime_r(&time, &parts)
      offset = parts.tm_gmtoff
    }
    return DateObject(.date((whole + offset) * perSecond + micros))
  }

  /// A time as broken down by `strptime`.
  static func from(_ parts: tm, micros: Int = 0) -> DateObject {
    var parts = parts
    return DateObject(.date(timegm(&parts) * perSecond + micros))
  }

  var typeName: String {
    switch kind {
    case .date: "datetime"
    case .span: "timedelta"
    }
  }

  func representation(in context: Context) throws -> String {
    switch kind {
    case .date(let micros):
      let text = formatted("%Y-%m-%d %H:%M:%S")
      let fraction = micros.modulo(Self.perSecond)
      return fraction == 0 ? text : "\(text).\(padded(fraction, 6))"
    case .span(let micros):
      let (days, rest) = micros.floorDivided(by: Self.perDay)
      let seconds = rest / Self.perSecond
      let fraction = rest % Self.perSecond
      var text =
        "\(seconds / 3600):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
      if fraction > 0 { text += ".\(padded(fraction, 6))" }
      return days == 0 ? text : "\(days) day\(abs(days) == 1 ? "" : "s"), \(text)"
    }
  }

  private func padded(_ number: Int, _ width: Int) -> String {
    PythonText.padded(String(number), width: width, with: "0", keeping: .right)
  }

  /// The date in a `strftime` format; empty for a span.
  func formatted(_ format: String) -> String {
    guard case .date(let micros) = kind else { return "" }
    let fraction = padded(micros.modulo(Self.perSecond), 6)
    let format = PythonText.replace(format, "%f", fraction)
    return Self.format(format, parts)
  }

  private var parts: tm {
    guard case .date(let micros) = kind else { return tm() }
    var time = time_t(micros.floorDivided(by: Self.perSecond).quotient)
    var parts = tm()
    gmtime_r(&time, &parts)
    return parts
  }

  static func format(_ format: String, _ parts: tm) -> String {
    guard !format.isEmpty else { return "" }
    var parts = parts
    var size = max(256, format.utf8.count * 8)
    while size < 1 << 20 {
      var buffer = [CChar](repeating: 0, count: size)
      let length = strftime(&buffer, size, format, &parts)
      if length > 0 {
        return String(
          decoding: buffer.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
      }
      size *= 16
    }
    return ""
  }

  func attribute(_ name: String, in context: Context) throws -> Item? {
    switch kind {
    case .date(let micros): return dateAttribute(name, micros)
    case .span(let micros): return spanAttribute(name, micros)
    }
  }

  private func dateAttribute(_ name: String, _ micros: Int) -> Item? {
    let parts = parts
    switch name {
    case "year": return .int(Int(parts.tm_year) + 1900)
    case "month": return .int(Int(parts.tm_mon) + 1)
    case "day": return .int(Int(parts.tm_mday))
    case "hour": return .int(Int(parts.tm_hour))
    case "minute": return .int(Int(parts.tm_min))
    case "second": return .int(Int(parts.tm_sec))
    case "microsecond": return .int(micros.modulo(Self.perSecond))
    case "timestamp":
      return .object(NativeFunction("timestamp", "") { _ in .float(Double(micros) / 1e6) })
    case "strftime":
      return .object(
        NativeFunction("strftime", "format") { [self] in .text(formatted(try $0.string(0))) })
    case "isoformat":
      return .object(
        NativeFunction("isoformat", "") { [self] call in
          let text = formatted("%Y-%m-%dT%H:%M:%S")
          let fraction = micros.modulo(Self.perSecond)
          return .text(fraction == 0 ? text : "\(text).\(padded(fraction, 6))")
        })
    case "weekday":
      return .object(
        NativeFunction("weekday", "") { _ in .int((Int(parts.tm_wday) + 6) % 7) })
    case "isoweekday":
      return .object(
        NativeFunction("isoweekday", "") { _ in .int((Int(parts.tm_wday) + 6) % 7 + 1) })
    case "date":
      return .object(
        NativeFunction("date", "") { _ in
          .object(DateObject(.date(micros - micros.modulo(Self.perDay))))
        })
    default: return nil
    }
  }

  private func spanAttribute(_ name: String, _ micros: Int) -> Item? {
    let (days, rest) = micros.floorDivided(by: Self.perDay)
    switch name {
    case "days": return .int(days)
    case "seconds": return .int(rest / Self.perSecond)
    case "microseconds": return .int(rest % Self.perSecond)
    case "total_seconds":
      return .object(NativeFunction("total_seconds", "") { _ in .float(Double(micros) / 1e6) })
    default: return nil
    }
  }

  // MARK: Arithmetic

  func adding(_ other: any TemplateObject) -> DateObject? {
    guard let other = other as? DateObject else { return nil }
    switch (kind, other.kind) {
    case (.date(let date), .span(let span)), (.span(let span), .date(let date)):
      return DateObject(.date(date + span))
    case (.span(let left), .span(let right)): return DateObject(.span(left + right))
    case (.date, .date): return nil
    }
  }

  func subtracting(_ other: any TemplateObject) -> DateObject? {
    guard let other = other as? DateObject else { return nil }
    switch (kind, other.kind) {
    case (.date(let left), .date(let right)): return DateObject(.span(left - right))
    case (.date(let left), .span(let right)): return DateObject(.date(left - right))
    case (.span(let left), .span(let right)): return DateObject(.span(left - right))
    case (.span, .date): return nil
    }
  }

  func isEqual(to other: DateObject) -> Bool { kind == other.kind }

  func ordering(to other: DateObject) -> Number.Ordering? {
    switch (kind, other.kind) {
    case (.date(let left), .date(let right)), (.span(let left), .span(let right)):
      left < right ? .less : left == right ? .equal : .greater
    default: nil
    }
  }
}

extension Int {
  /// The remainder that is never negative for a positive divisor.
  fileprivate func modulo(_ divisor: Int) -> Int { floorDivided(by: divisor).remainder }

  fileprivate func floorDivided(by divisor: Int) -> (quotient: Int, remainder: Int) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
