import Schema

/// Makes a plain tar archive (tar(5), the format of GNU tar 1.34) of what a host lacks.
struct TarWriter {
  private(set) var bytes: [UInt8] = []

  /// One member; owner and group are numbers, so that the host's names do not matter.
  struct Member {
    enum Kind {
      case folder
      case file([UInt8])
      case link(String)
    }

    var path: String
    var kind: Kind
    var attributes: Attributes
    /// Seconds since 1970.
    var modified: Int
  }

  mutating func add(_ member: Member) {
    var content: [UInt8] = []
    var target = ""
    var type = UInt8(ascii: "5")
    var path = member.path
    switch member.kind {
    case .folder: path += "/"
    case .file(let bytes):
      content = bytes
      type = UInt8(ascii: "0")
    case .link(let text):
      target = text
      type = UInt8(ascii: "2")
    }
    if target.utf8.count > 100 { addLong(target, UInt8(ascii: "K")) }
    if path.utf8.count > 100 { addLong(path, UInt8(ascii: "L")) }
    bytes += TarWriter.header(
      path, type, size: content.count, target: target, mode: Int(member.attributes.mode.bits),
      owner: member.attributes.owner.id ?? 0, group: member.attributes.group.id ?? 0,
      modified: member.modified)
    add(content)
  }

  /// Two empty blocks end an archive.
  mutating func finish() { bytes += [UInt8](repeating: 0, count: 1024) }

  /// A name too long for its field goes before the member as one of its own.
  private mutating func addLong(_ text: String, _ type: UInt8) {
    let content = Array(text.utf8) + [0]
    bytes += TarWriter.header(
      "././@LongLink", type, size: content.count, target: "", mode: 0, owner: 0, group: 0,
      modified: 0)
    add(content)
  }

  private mutating func add(_ content: [UInt8]) {
    bytes += content
    bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  private static func header(
    _ path: String, _ type: UInt8, size: Int, target: String, mode: Int, owner: Int, group: Int,
    modified: Int
  ) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: some Sequence<UInt8>, _ offset: Int, _ limit: Int) {
      for (index, byte) in text.prefix(limit).enumerated() { header[offset + index] = byte }
    }
    /// Octal digits that fill all of the field but its last byte, or where they do not fit a number in base 256.
    func put(_ number: Int, _ offset: Int, _ width: Int) {
      let digits = String(max(0, number), radix: 8)
      guard digits.utf8.count >= width else {
        put(
          (String(repeating: "0", count: width - 1 - digits.utf8.count) + digits).utf8, offset,
          width)
        return
      }
      for index in 0..<min(8, width) {
        header[offset + width - 1 - index] = UInt8(truncatingIfNeeded: number >> (8 * index))
      }
      header[offset] |= 0x80
    }
    put(path.utf8, 0, 100)
    put(mode, 100, 8)
    put(owner, 108, 8)
    put(group, 116, 8)
    put(size, 124, 12)
    put(modified, 136, 12)
    put([UInt8](repeating: UInt8(ascii: " "), count: 8), 148, 8)
    header[156] = type
    put(target.utf8, 157, 100)
    put("ustar  ".utf8, 257, 8)
    let sum = header.reduce(0) { $0 + Int($1) }
    put(sum, 148, 7)
    return header
  }
}
