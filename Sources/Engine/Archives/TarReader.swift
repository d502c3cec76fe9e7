import ModuleKit
import Schema

/// What an archive of the controller holds; the formats of tar(5) that GNU tar, busybox, Go and Python write.
struct TarReader {
  private let bytes: [UInt8]
  private var entries: [ControllerContent.TreeEntry] = []
  private var place: [String: Int] = [:]
  /// Names and numbers of the next member that do not fit into its header.
  private var extended: [String: String] = [:]

  private init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The members in order; a name that is there twice counts as the last has it.
  static func entries(_ bytes: [UInt8]) throws(ArchiveFailure) -> [ControllerContent.TreeEntry] {
    var reader = TarReader(bytes)
    try reader.read()
    return reader.entries
  }

  /// Whether bytes begin like a tar archive: its first header has the sum that it says.
  static func isTar(_ bytes: [UInt8]) -> Bool {
    guard bytes.count >= 512 else { return false }
    return Header(bytes[0..<512]).isSound
  }

  private mutating func read() throws(ArchiveFailure) {
    var offset = 0
    while offset + 512 <= bytes.count {
      let header = Header(bytes[offset..<offset + 512])
      offset += 512
      if header.isEmpty { return }
      guard header.isSound, let size = number("size") ?? header.size, size >= 0,
        offset + size <= bytes.count
      else { throw ArchiveFailure("a header at byte \(offset - 512) is damaged") }
      let content = bytes[offset..<offset + size]
      offset += (size + 511) / 512 * 512
      switch header.type {
      case UInt8(ascii: "x"): extended.merge(TarReader.records(content)) { $1 }
      case UInt8(ascii: "g"): continue
      case UInt8(ascii: "L"): extended["path"] = TarReader.text(content)
      case UInt8(ascii: "K"): extended["linkpath"] = TarReader.text(content)
      default:
        try add(header, content)
        extended = [:]
      }
    }
    if entries.isEmpty { throw ArchiveFailure("it holds nothing that can be read") }
  }

  private func number(_ key: String) -> Int? {
    extended[key].flatMap { Int($0.prefix { $0 != "." }) }
  }

  private mutating func add(_ header: Header, _ content: ArraySlice<UInt8>) throws(ArchiveFailure) {
    let written = extended["path"] ?? header.name
    let path = try ArchivePath.cleaned(written) ?? ""
    if path.isEmpty, header.type != UInt8(ascii: "5") { return }
    let owner = ControllerContent.Owner(
      user: extended["uname"] ?? header.user, uid: number("uid") ?? header.uid,
      group: extended["gname"] ?? header.group, gid: number("gid") ?? header.gid)
    var entry = ControllerContent.TreeEntry(
      path: path, mode: header.mode, blob: nil, owner: owner,
      modified: number("mtime") ?? header.modified)
    let target = extended["linkpath"] ?? header.target
    switch header.type {
    case UInt8(ascii: "5"): break
    case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
      if written.hasSuffix("/") { break }
      entry.blob = Blob(Array(content))
    case UInt8(ascii: "2"): entry.link = target
    case UInt8(ascii: "1"):
      guard let original = try ArchivePath.cleaned(target).flatMap({ place[$0] }) else {
        throw ArchiveFailure("`\(path)` is a hard link to `\(target)`, which is not in it")
      }
      entry.blob = entries[original].blob
      entry.link = entries[original].link
    default: throw ArchiveFailure("`\(path)` is a device, a pipe or a sparse file")
    }
    if let known = place[path] {
      entries[known] = entry
    } else {
      place[path] = entries.count
      entries.append(entry)
    }
  }

  /// Records `LENGTH KEY=VALUE` of an extended header (pax(1)).
  private static func records(_ bytes: ArraySlice<UInt8>) -> [String: String] {
    var found: [String: String] = [:]
    var rest = bytes
    while let space = rest.firstIndex(of: UInt8(ascii: " ")),
      let length = Int(String(decoding: rest[..<space], as: UTF8.self)), length > 0,
      rest.startIndex + length <= rest.endIndex
    {
      let record = rest[(space + 1)..<(rest.startIndex + length - 1)]
      if let equals = record.firstIndex(of: UInt8(ascii: "=")) {
        found[String(decoding: record[..<equals], as: UTF8.self)] = String(
          decoding: record[(equals + 1)...], as: UTF8.self)
      }
      rest = rest[(rest.startIndex + length)...]
    }
    return found
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// The 512 bytes before a member.
  private struct Header {
    private let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    private func field(_ offset: Int, _ count: Int) -> ArraySlice<UInt8> {
      bytes[(bytes.startIndex + offset)..<(bytes.startIndex + offset + count)]
    }

    /// Octal digits, or with the first bit set a number in base 256.
    private func number(_ offset: Int, _ count: Int) -> Int? {
      let field = field(offset, count)
      if let first = field.first, first & 0x80 != 0 {
        let value = field.dropFirst().reduce(Int(first & 0x3F)) {
          ($0 & 0xFF_FFFF_FFFF_FFFF) << 8 | Int($1)
        }
        return first & 0x40 != 0 ? nil : value
      }
      let digits = field.drop { $0 == UInt8(ascii: " ") }
        .prefix { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
      return digits.isEmpty ? 0 : Int(String(decoding: digits, as: UTF8.self), radix: 8)
    }

    var isEmpty: Bool { bytes.allSatisfy { $0 == 0 } }

    /// The sum counts its own field as blanks.
    var isSound: Bool {
      let sum = bytes.reduce(0) { $0 + Int($1) } - field(148, 8).reduce(0) { $0 + Int($1) } + 8 * 32
      return !isEmpty && number(148, 8) == sum
    }

    var name: String {
      let name = TarReader.text(field(0, 100))
      let isPOSIX = field(257, 6).elementsEqual(Array("ustar\0".utf8))
      let prefix = isPOSIX ? TarReader.text(field(345, 155)) : ""
      return prefix.isEmpty ? name : prefix + "/" + name
    }

    var type: UInt8 { bytes[bytes.startIndex + 156] }
    var mode: UInt16 { UInt16((number(100, 8) ?? 0) & 0o7777) }
    var uid: Int { number(108, 8) ?? 0 }
    var gid: Int { number(116, 8) ?? 0 }
    var size: Int? { number(124, 12) }
    var modified: Int { number(136, 12) ?? 0 }
    var target: String { TarReader.text(field(157, 100)) }
    var user: String { TarReader.text(field(265, 32)) }
    var group: String { TarReader.text(field(297, 32)) }
  }
}

/// Why an archive cannot be used.
struct ArchiveFailure: Error, Sendable {
  let reason: String
  init(_ reason: String) { self.reason = reason }
}

/// The names of members.
enum ArchivePath {
  /// Relative, without `.` and slashes at the ends; nil for the root itself.
  static func cleaned(_ text: String) throws(ArchiveFailure) -> String? {
    let parts = text.split(separator: "/").filter { $0 != "." }
    guard !parts.contains("..") else {
      throw ArchiveFailure("the name `\(text)` leads out of the folder")
    }
    guard !text.contains("\u{FFFD}") else {
      throw ArchiveFailure("the name `\(text)` is not UTF-8")
    }
    return parts.isEmpty ? nil : parts.joined(separator: "/")
  }
}
