import Diagnostics

/// Anchors, aliases and tags.
extension Parser {
  /// Reads the anchor or tag that begins here.
  mutating func readProperty(into nodeProperties: inout Properties) throws(Fault) {
    if byte(position) == .ampersand {
      let start = position
      let name = try anchorName()
      let anchor = Properties.Anchor(name: name, range: start..<position)
      nodeProperties = try merged(nodeProperties, Properties(anchor: anchor))
    } else {
      let start = position
      let name = try tagName()
      let tag = Properties.Tag(name: name, range: start..<position)
      nodeProperties = try merged(nodeProperties, Properties(tag: tag))
    }
    contentEnd = max(contentEnd, position)
  }

  private mutating func anchorName() throws(Fault) -> String {
    let start = position
    position += 1
    while !isOf(ByteClass.space | ByteClass.flow, at: position) { position += 1 }
    guard position > start + 1 else { throw emptyNameFault(at: start) }
    return text(start + 1..<position)
  }

  /// Reads an alias; it can have no properties of its own.
  mutating func alias(_ inner: Properties, _ outer: Properties) throws(Fault) -> Record {
    let start = position
    let name = try anchorName()
    if let property = inner.start ?? outer.start {
      throw fault(
        "alias-properties", "an alias can have neither an anchor nor a tag", at: start..<position,
        labels: [(property..<property + 1, "this belongs to the alias")])
    }
    var record = Record(.alias, start: start, end: position)
    hasAliases = true
    guard mode == .tree else { return record }
    guard let target = anchors[name] else { throw undefinedAliasFault(name, at: start..<position) }
    if frames.contains(where: { $0.kind != .document && $0.record == target }) {
      throw selfAliasFault(name, at: start..<position)
    }
    record.value = UInt32(truncatingIfNeeded: target)
    return record
  }

  /// Reads a tag and resolves its handle.
  private mutating func tagName() throws(Fault) -> String {
    let start = position
    position += 1
    if byte(position) == UInt8(ascii: "<") { return try verbatimTag(start) }
    while !isOf(ByteClass.space | ByteClass.flow, at: position) { position += 1 }
    let written = start + 1..<position
    guard let second = source[written].firstIndex(of: .exclamation) else {
      if written.isEmpty { return "!" }
      return try resolve("!", written, start)
    }
    let name = source[written.lowerBound..<second]
    guard name.allSatisfy(isWordByte), second + 1 < position else {
      throw tagFault(at: start..<position)
    }
    return try resolve("!" + text(written.lowerBound..<second) + "!", second + 1..<position, start)
  }

  private mutating func verbatimTag(_ start: Int) throws(Fault) -> String {
    position += 1
    let first = position
    while position < end, isURIByte(source[position]) { position += 1 }
    guard byte(position) == UInt8(ascii: ">"), position > first else {
      throw tagFault(at: start..<min(position + 1, end))
    }
    let name = try percentDecoded(first..<position, start)
    position += 1
    guard name != "!" else { throw tagFault(at: start..<position) }
    return name
  }

  private mutating func resolve(
    _ handle: String, _ suffix: Range<Int>, _ start: Int
  ) throws(Fault) -> String {
    for offset in suffix where !isURIByte(source[offset]) || source[offset] == .exclamation {
      throw tagFault(at: start..<position)
    }
    guard let prefix = handles[handle] ?? defaultPrefix(handle) else {
      throw fault(
        "unknown-tag-handle", "no %TAG directive declares the handle \(handle)",
        at: start..<position,
        help: "declare it before `---`: %TAG \(handle) tag:example.org,2000:")
    }
    return prefix + (try percentDecoded(suffix, start))
  }

  private func defaultPrefix(_ handle: String) -> String? {
    switch handle {
    case "!": "!"
    case "!!": "tag:yaml.org,2002:"
    default: nil
    }
  }

  private mutating func percentDecoded(_ range: Range<Int>, _ start: Int) throws(Fault) -> String {
    guard source[range].contains(.percent) else { return text(range) }
    var bytes: [UInt8] = []
    var offset = range.lowerBound
    while offset < range.upperBound {
      guard source[offset] == .percent else {
        bytes.append(source[offset])
        offset += 1
        continue
      }
      guard offset + 3 <= range.upperBound,
        let value = Escape.hex(at: offset + 1, count: 2, in: source)
      else { throw tagFault(at: start..<position) }
      bytes.append(UInt8(truncatingIfNeeded: value))
      offset += 3
    }
    guard let decoded = String(validating: bytes, as: UTF8.self) else {
      throw tagFault(at: start..<position)
    }
    return decoded
  }

  /// The text of a range of the file.
  func text(_ range: Range<Int>) -> String {
    String(decoding: UnsafeBufferPointer(rebasing: source[range]), as: UTF8.self)
  }
}

/// `ns-word-char`: letters, digits and the dash.
func isWordByte(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"), .dash:
    true
  default: false
  }
}

/// `ns-uri-char`; the digits behind a percent sign are checked where it is decoded.
func isURIByte(_ byte: UInt8) -> Bool {
  isWordByte(byte) || uriPunctuation.contains(byte)
}

private let uriPunctuation = Array("%#;/?:@&=+$,_.!~*'()[]".utf8)
