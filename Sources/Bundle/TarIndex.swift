/// Where the members of a tar archive lie: tar(5), as GNU tar, busybox, Go, Python and this program write it.
///
/// Nothing is read but the headers, so archives of any size are looked through at once.
struct TarIndex: Sendable {
  struct Member: Sendable {
    /// Without `./` at its beginning.
    var name: String
    var content: FileRange
    /// Whether the archive ends before the member does.
    var isCut: Bool
  }

  private(set) var members: [Member] = []
  private var places: [String: Int] = [:]

  /// The last regular file of a name.
  subscript(_ name: String) -> Member? { places[name].map { members[$0] } }

  /// Reads the headers; throws where one is damaged.
  init(_ file: ReadableFile) throws(FileFailure) {
    var offset = 0
    var long: String?
    while offset + 512 <= file.size {
      let header = try file.bytes(offset..<offset + 512)
      if header.allSatisfy({ $0 == 0 }) { return }
      guard Self.isSound(header), let size = Self.number(header[124..<136]), size >= 0 else {
        throw FileFailure(file.path, "the header of a member at byte \(offset) is damaged")
      }
      let start = offset + 512
      let content = FileRange(file: file, range: start..<start + size)
      switch header[156] {
      case UInt8(ascii: "L"): long = Self.text(try content.bytes()[...])
      case UInt8(ascii: "x"): long = Self.path(inExtended: try content.bytes()) ?? long
      case UInt8(ascii: "g"), UInt8(ascii: "K"): break
      case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
        add(long ?? Self.name(header), content)
        long = nil
      default: long = nil
      }
      offset = start + (size + 511) / 512 * 512
    }
    if members.isEmpty { throw FileFailure(file.path, "it is no tar archive") }
    if offset != file.size {
      throw FileFailure(file.path, "the archive ends in the middle, at byte \(file.size)")
    }
  }

  private mutating func add(_ name: String, _ content: FileRange) {
    var name = name[...]
    while name.hasPrefix("./") { name = name.dropFirst(2) }
    places[String(name)] = members.count
    members.append(
      Member(
        name: String(name), content: content,
        isCut: content.range.upperBound > content.file.size))
  }

  // MARK: Headers

  /// The sum of all bytes, in which its own field counts as blanks.
  private static func isSound(_ header: [UInt8]) -> Bool {
    let own = header[148..<156]
    let sum = header.reduce(0) { $0 + Int($1) } - own.reduce(0) { $0 + Int($1) } + 8 * 32
    return number(own) == sum
  }

  /// Octal digits, or with the first bit set a number in base 256.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    if let first = field.first, first & 0x80 != 0 {
      guard first == 0x80, field.dropFirst().prefix(field.count - 9).allSatisfy({ $0 == 0 }) else {
        return nil
      }
      return field.suffix(8).reduce(0) { $0 << 8 | Int($1) }
    }
    let text = String(decoding: field.filter { $0 != 0 && $0 != 0x20 }, as: UTF8.self)
    return text.isEmpty ? 0 : Int(text, radix: 8)
  }

  private static func name(_ header: [UInt8]) -> String {
    let name = text(header[0..<100])
    guard header[257..<263].elementsEqual(Array("ustar\0".utf8)) else { return name }
    let prefix = text(header[345..<500])
    return prefix.isEmpty ? name : prefix + "/" + name
  }

  private static func text(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// `path` of the records `LENGTH KEY=VALUE` of an extended header (pax(1)).
  private static func path(inExtended bytes: [UInt8]) -> String? {
    var rest = bytes[...]
    while let blank = rest.firstIndex(of: UInt8(ascii: " ")),
      let length = Int(String(decoding: rest[..<blank], as: UTF8.self)),
      length > blank - rest.startIndex + 1, length <= rest.count
    {
      let record = String(
        decoding: rest[(blank + 1)..<(rest.startIndex + length - 1)], as: UTF8.self)
      if record.hasPrefix("path=") { return String(record.dropFirst(5)) }
      rest = rest.dropFirst(length)
    }
    return nil
  }
}
