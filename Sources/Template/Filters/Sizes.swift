import BigInt
import Glibc
import Schema

/// Filters between byte counts and texts.
let sizeFilters: [Filter] = [
  Filter("filesizeformat", "value, binary=") { call in
    let isBinary = try call.bool(1)
    let bytes: Double
    if let text = call[0].string {
      guard let number = PythonNumber.float(text) else {
        throw call.fail(.value, "could not convert string to float: '\(text)'")
      }
      bytes = number
    } else {
      guard let number = Number(call[0]) else { throw call.fail(.type, "a number is needed") }
      bytes = number.double
    }
    if bytes == 1 { return .text("1 Byte") }
    let base: Double = isBinary ? 1024 : 1000
    if bytes < base { return .text("\(Int(bytes)) Bytes") }
    let units =
      isBinary
      ? ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"]
      : ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"]
    var size = bytes
    var unit = units[0]
    for name in units {
      size /= base
      unit = name
      if size < base { break }
    }
    return .text("\(PythonFloat.formatted(size, "%.1f")) \(unit)")
  },
  Filter("human_readable", "size, isbits=, unit=") { call in
    let isBits = try call.bool(1)
    let unit = try call.given(2).map(call.context.string)
    guard let number = Number(call[0]) else {
      throw call.fail(.plugin, "a number is needed")
    }
    return .text(humanReadable(number.double, isBits: isBits, unit: unit))
  },
  Filter("human_to_bytes", "size, default_unit=, isbits=") { call in
    try humanToBytes(call)
  },
]

/// Powers of 1024 by letter, largest first.
private let sizeRanges: [(letter: String, limit: Double)] = [
  ("Y", 0x1p80), ("Z", 0x1p70), ("E", 0x1p60), ("P", 0x1p50), ("T", 0x1p40), ("G", 0x1p30),
  ("M", 0x1p20), ("K", 0x1p10), ("B", 1),
]

private func humanReadable(_ size: Double, isBits: Bool, unit: String?) -> String {
  let base = isBits ? "bits" : "Bytes"
  let range =
    sizeRanges.first { range in
      unit.map { $0.uppercased() == range.letter } ?? (size >= range.limit)
    } ?? ("B", 1)
  let suffix = range.letter == "B" ? base : range.letter + (isBits ? "b" : "B")
  return "\(PythonFloat.formatted(size / range.limit, "%.2f")) \(suffix)"
}

private func humanToBytes(_ call: PluginCall) throws -> Item {
  let text = pythonStrip(try call.string(0))
  let isBits = try call.bool(2)
  let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
  guard !digits.hasSuffix("."), let number = PythonNumber.float(String(digits)) else {
    throw call.fail(.plugin, "can't interpret `\(text)` as a size")
  }
  var unit = pythonStrip(String(text.dropFirst(digits.count)))
  guard unit.utf8.allSatisfy({ $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A }) else {
    throw call.fail(.plugin, "can't interpret `\(text)` as a size")
  }
  if unit.isEmpty { unit = try call.given(1).map(call.context.string) ?? "" }
  if unit.isEmpty { return .integer(BigInt(number.rounded(.toNearestOrEven))) }
  let letter = unit.prefix(1).uppercased()
  guard let range = sizeRanges.first(where: { $0.letter == letter }) else {
    let letters = sizeRanges.map(\.letter).joined(separator: ", ")
    throw call.fail(.plugin, "`\(unit)` is not a unit; they start with one of \(letters)")
  }
  let short = letter == "B" ? (isBits ? "b" : "B") : letter + (isBits ? "b" : "B")
  let long = (unitPrefixes[letter] ?? "") + (isBits ? "bit" : "byte")
  guard unit.utf8.count == 1 || unit == short || unit.lowercased() == long else {
    throw call.fail(.plugin, "`\(unit)` is not a unit; write `\(short)` or `\(letter)`")
  }
  let value = (number * range.limit).rounded(.toNearestOrEven)
  return BigInt(exactly: value).map(Item.integer) ?? .float(value)
}

private let unitPrefixes = [
  "K": "kilo", "M": "mega", "G": "giga", "T": "tera", "P": "peta", "E": "exa", "Z": "zeta",
  "Y": "yotta",
]
