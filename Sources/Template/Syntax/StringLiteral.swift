/// The characters that a string constant stands for, Python's escapes resolved.
///
/// Unknown escapes keep their backslash (Python reference, "String and Bytes literals").
func unescapedLiteral(_ body: ArraySlice<UInt8>) -> String? {
  guard body.contains(0x5C) else { return String(decoding: body, as: UTF8.self) }
  var scalars = String.UnicodeScalarView()
  var iterator = String(decoding: body, as: UTF8.self).unicodeScalars.makeIterator()
  var pending = iterator.next()
  func advance() { pending = iterator.next() }
  while let scalar = pending {
    advance()
    guard scalar == "\\", let escape = pending else {
      scalars.append(scalar)
      continue
    }
    advance()
    switch escape {
    case "\n": break
    case "\\", "'", "\"": scalars.append(escape)
    case "a": scalars.append("\u{07}")
    case "b": scalars.append("\u{08}")
    case "f": scalars.append("\u{0C}")
    case "n": scalars.append("\n")
    case "r": scalars.append("\r")
    case "t": scalars.append("\t")
    case "v": scalars.append("\u{0B}")
    case "x", "u", "U":
      let length = escape == "x" ? 2 : escape == "u" ? 4 : 8
      var code: UInt32 = 0
      for _ in 0..<length {
        guard let digit = pending.flatMap({ Character($0).hexDigitValue }) else { return nil }
        code = code &* 16 &+ UInt32(digit)
        advance()
      }
      guard let scalar = Unicode.Scalar(code) else { return nil }
      scalars.append(scalar)
    case "0"..."7":
      var code = escape.value - 0x30
      var count = 1
      while count < 3, let digit = pending, ("0"..."7").contains(digit) {
        code = code * 8 + digit.value - 0x30
        count += 1
        advance()
      }
      if let scalar = Unicode.Scalar(code) { scalars.append(scalar) }
    default:
      scalars.append("\\")
      scalars.append(escape)
    }
  }
  return String(scalars)
}
