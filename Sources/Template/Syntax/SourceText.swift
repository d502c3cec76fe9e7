/// A template text with its newlines made equal, and the way back to lines and offsets.
struct SourceText: Sendable {
  /// The text with `\n` only, without the one newline that is not kept at the end.
  let bytes: [UInt8]
  /// Whether carriage returns were removed, so that offsets need correction.
  private let hadReturns: Bool
  private let original: String
  /// How many lines and bytes were taken off the start before the text was cut.
  private let skippedLines: Int
  private let skippedBytes: Int

  init(
    _ original: String, keepTrailingNewline: Bool, skippedLines: Int = 0, skippedBytes: Int = 0
  ) {
    self.original = original
    self.skippedLines = skippedLines
    self.skippedBytes = skippedBytes
    var bytes = Array(original.utf8.dropFirst(skippedBytes))
    hadReturns = bytes.contains(0x0D)
    if hadReturns { bytes = Self.withoutReturns(bytes) }
    if !keepTrailingNewline, bytes.last == 0x0A { bytes.removeLast() }
    self.bytes = bytes
  }

  private static func withoutReturns(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      if bytes[index] == 0x0D {
        result.append(0x0A)
        if index + 1 < bytes.count, bytes[index + 1] == 0x0A { index += 1 }
      } else {
        result.append(bytes[index])
      }
      index += 1
    }
    return result
  }

  /// The line of an offset in `bytes`, from 1, in the text as written.
  func line(of offset: Int) -> Int {
    var line = 1 + skippedLines
    for byte in bytes[..<min(max(offset, 0), bytes.count)] where byte == 0x0A { line += 1 }
    return line
  }

  /// The offset in the text as written of an offset in `bytes`.
  func originalOffset(_ offset: Int) -> Int {
    guard hadReturns else { return offset + skippedBytes }
    var produced = 0
    var consumed = skippedBytes
    var previousWasReturn = false
    for byte in original.utf8.dropFirst(skippedBytes) {
      if byte == 0x0A, previousWasReturn {
        consumed += 1
        previousWasReturn = false
        continue
      }
      if produced == offset { break }
      previousWasReturn = byte == 0x0D
      produced += 1
      consumed += 1
    }
    return consumed
  }

  /// The characters of a range of bytes.
  func text(_ start: Int, _ end: Int) -> String {
    String(decoding: bytes[start..<end], as: UTF8.self)
  }
}
