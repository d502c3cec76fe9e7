import Diagnostics

/// Whether bytes are a text that YAML may be made of: UTF-8, printable (YAML 1.2.2, sections 5.1 and 5.2).
struct InputCheck {
  private let file: SourceFile
  private(set) var diagnostics: [Diagnostic] = []
  /// Characters that are allowed in quotes only: DEL, C1 controls, byte order marks, U+FFFE, U+FFFF.
  private var quotedOnly: [Int] = []
  private static let most = 20

  init(_ file: SourceFile, limits: Limits) {
    self.file = file
    guard file.bytes.count <= min(limits.bytes, Int(UInt32.max) - 1) else {
      diagnostics.append(
        Diagnostic(
          .error,
          "size-limit", "the file is larger than \(limits.bytes) bytes", at: Span(file, 0..<0),
          help: "if the file is meant to be like this, raise the limit `yaml.bytes`"))
      return
    }
    if let name = Self.wideEncoding(file.bytes) {
      diagnostics.append(
        Diagnostic(
          .error,
          name.lowercased().replacing("-", with: ""), "the file is \(name), not UTF-8",
          at: Span(file, 0..<min(2, file.bytes.count)),
          help: "save it as UTF-8 (iconv -f \(name) -t UTF-8)"))
      return
    }
    file.bytes.withUnsafeBufferPointer { check($0) }
  }

  /// UTF-16 or UTF-32 by its byte order mark, or by the zeros of a first ASCII character.
  private static func wideEncoding(_ bytes: [UInt8]) -> String? {
    func begins(_ pattern: [UInt8?]) -> Bool {
      bytes.count >= pattern.count
        && zip(bytes, pattern).allSatisfy { byte, wanted in wanted.map { $0 == byte } ?? (byte != 0)
        }
    }
    if begins([0, 0, 0xFE, 0xFF]) || begins([0xFF, 0xFE, 0, 0]) || begins([0, 0, 0, nil])
      || begins([nil, 0, 0, 0])
    {
      return "UTF-32"
    }
    if begins([0xFE, 0xFF]) || begins([0xFF, 0xFE]) || begins([0, nil]) || begins([nil, 0, nil, 0])
    {
      return "UTF-16"
    }
    return nil
  }

  private mutating func check(_ source: UnsafeBufferPointer<UInt8>) {
    var offset = 0
    let end = source.count
    while offset < end, diagnostics.count < Self.most {
      offset = Self.skipPlain(source, from: offset)
      guard offset < end else { return }
      let byte = source[offset]
      if byte < 0x20 {
        switch byte {
        case .tab, .lineFeed, .carriageReturn: break
        default: reportControl(UInt32(byte), at: offset, count: 1)
        }
        offset += 1
      } else if byte < 0x80 {
        if byte == 0x7F { quotedOnly.append(offset) }
        offset += 1
      } else {
        offset += checkMultibyte(source, at: offset)
      }
    }
  }

  /// Over whole words (8 bytes) of printable ASCII and line feeds, with the bytes of a word tested side by side.
  private static func skipPlain(_ source: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    guard let base = UnsafeRawPointer(source.baseAddress) else { return start }
    let (ones, tops): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
    var offset = start
    while offset + 8 <= source.count {
      let word = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      let low = word & ~tops
      let aboveTilde = word | (low &+ ones)
      let belowSpace = ~(low &+ ones &* 0x60)
      let difference = word ^ (ones &* UInt64(UInt8.lineFeed))
      let isNoLineFeed = ((difference & ~tops) &+ ~tops) | difference
      if (aboveTilde | belowSpace) & isNoLineFeed & tops != 0 { return offset }
      offset += 8
    }
    return offset
  }

  /// Checks one character of several bytes; how many bytes to go on by.
  private mutating func checkMultibyte(_ source: UnsafeBufferPointer<UInt8>, at offset: Int) -> Int
  {
    guard let (scalar, count) = Self.decode(source, at: offset) else {
      reportInvalid(source[offset], at: offset)
      return 1
    }
    switch scalar {
    case 0x85: break
    case 0x80...0x9F, 0xFFFE, 0xFFFF: quotedOnly.append(offset)
    case 0xFEFF where offset > 0: quotedOnly.append(offset)
    default: break
    }
    return count
  }

  /// The scalar that begins at an offset, by the table of well-formed UTF-8 (Unicode 16, table 3-7).
  private static func decode(
    _ source: UnsafeBufferPointer<UInt8>, at offset: Int
  ) -> (scalar: UInt32, count: Int)? {
    let first = source[offset]
    let count: Int
    var scalar: UInt32
    switch first {
    case 0xC2...0xDF: (count, scalar) = (2, UInt32(first & 0x1F))
    case 0xE0...0xEF: (count, scalar) = (3, UInt32(first & 0x0F))
    case 0xF0...0xF4: (count, scalar) = (4, UInt32(first & 0x07))
    default: return nil
    }
    guard offset + count <= source.count else { return nil }
    for index in 1..<count {
      let next = source[offset + index]
      guard next & 0xC0 == 0x80 else { return nil }
      scalar = scalar << 6 | UInt32(next & 0x3F)
    }
    let smallest: [UInt32] = [0, 0, 0x80, 0x800, 0x10000]
    guard scalar >= smallest[count], Unicode.Scalar(scalar) != nil else { return nil }
    return (scalar, count)
  }

  private static func hex(_ value: UInt32, _ width: Int) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private mutating func reportControl(_ scalar: UInt32, at offset: Int, count: Int) {
    let escapes: [UInt32: String] = [
      0: "\\0", 7: "\\a", 8: "\\b", 0xB: "\\v", 0xC: "\\f", 0x1B: "\\e",
    ]
    let escape =
      escapes[scalar]
      ?? (scalar < 0x100 ? "\\x" + Self.hex(scalar, 2) : "\\u" + Self.hex(scalar, 4))
    let name = scalar == 0xFEFF ? "a byte order mark" : "a control character"
    diagnostics.append(
      Diagnostic(
        .error,
        "control-character", "\(name) (U+\(Self.hex(scalar, 4))) is not allowed here",
        at: Span(file, offset..<offset + count),
        help: "remove it, or write `\(escape)` in double quotes"))
  }

  private mutating func reportInvalid(_ byte: UInt8, at offset: Int) {
    if let last = diagnostics.last, last.id == "invalid-utf8", let span = last.span {
      if file.position(at: span.start).line == file.position(at: offset).line { return }
    }
    diagnostics.append(
      Diagnostic(
        .error,
        "invalid-utf8", "the byte 0x\(Self.hex(UInt32(byte), 2)) is not UTF-8",
        at: Span(file, offset..<offset + 1),
        notes: ["byte \(offset) of the file"]
          + (byte >= 0xA0 ? ["it looks like Latin-1: \(Unicode.Scalar(byte))"] : []),
        help: "save the file as UTF-8 (iconv -f ISO-8859-1 -t UTF-8)"))
  }

  /// Errors for characters that are allowed in quotes only and stand elsewhere; a byte order mark may begin a document.
  func misplaced(in documents: [Tree]) -> [Diagnostic] {
    guard !quotedOnly.isEmpty else { return [] }
    var quotes: [Range<Int>] = []
    for record in documents.flatMap(\.records) where record.kind == .scalar {
      if record.style == .singleQuoted || record.style == .doubleQuoted {
        quotes.append(record.range)
      }
    }
    var report = InputCheck(file)
    file.bytes.withUnsafeBufferPointer { source in
      var next = 0
      for offset in quotedOnly {
        while next < quotes.count, quotes[next].upperBound <= offset { next += 1 }
        if next < quotes.count, quotes[next].contains(offset) { continue }
        guard
          let (scalar, count) = source[offset] == 0x7F ? (0x7F, 1) : Self.decode(source, at: offset)
        else { continue }
        if scalar == 0xFEFF, beginsDocument(offset, in: documents) { continue }
        report.reportControl(scalar, at: offset, count: count)
        if report.diagnostics.count >= Self.most { return }
      }
    }
    return report.diagnostics
  }

  private init(_ file: SourceFile) { self.file = file }

  /// Whether an offset lies in no document: at the beginning of a line, where the parser took it for a prefix.
  private func beginsDocument(_ offset: Int, in documents: [Tree]) -> Bool {
    let isLineStart =
      offset > 0
      && (file.bytes[offset - 1] == .lineFeed || file.bytes[offset - 1] == .carriageReturn)
    return isLineStart
      && !documents.contains { tree in
        guard let first = tree.records.first else { return false }
        return first.range.contains(offset)
      }
  }
}
