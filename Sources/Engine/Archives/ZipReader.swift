import ModuleKit
import Schema

/// What a zip archive of the controller holds; see APPNOTE.TXT 6.3.10 of PKWARE.
///
/// A member is a raw deflate stream with its CRC-32 and size known, which is what a gzip member is made of (RFC 1952):
/// all of them are unpacked by one call of gzip(1).
struct ZipReader {
  /// One row of the central directory.
  private struct Row {
    var name: String
    var isStored: Bool
    var checksum: UInt32
    var packed: Int
    var size: Int
    var offset: Int
    /// `st_mode` where the archive comes from a Unix; else 0.
    var mode: UInt32
    var modified: Int
  }

  private let bytes: [UInt8]

  /// `unpack` takes what gzip(1) unpacks, and gives it unpacked.
  static func entries(
    _ bytes: [UInt8], unpack: ([UInt8]) throws(ArchiveFailure) -> [UInt8]
  ) throws(ArchiveFailure) -> [ControllerContent.TreeEntry] {
    let reader = ZipReader(bytes: bytes)
    let rows = try reader.rows()
    var stream: [UInt8] = []
    for row in rows where !row.isStored { stream += try reader.gzipMember(row) }
    let unpacked = stream.isEmpty ? [] : try unpack(stream)
    var offset = 0
    var entries: [ControllerContent.TreeEntry] = []
    for row in rows {
      var content: [UInt8]
      if row.isStored {
        content = Array(try reader.packed(row))
      } else {
        guard offset + row.size <= unpacked.count else {
          throw ArchiveFailure("`\(row.name)` is damaged")
        }
        content = Array(unpacked[offset..<offset + row.size])
        offset += row.size
      }
      guard let path = try ArchivePath.cleaned(row.name) else { continue }
      let isFolder = row.name.hasSuffix("/")
      var entry = ControllerContent.TreeEntry(
        path: path, mode: isFolder ? 0o755 : 0o644, blob: nil, modified: row.modified)
      if row.mode & 0o7777 != 0 { entry.mode = UInt16(row.mode & 0o7777) }
      if row.mode & 0o170000 == 0o120000 {
        entry.link = String(decoding: content, as: UTF8.self)
      } else if !isFolder {
        entry.blob = Blob(content)
      }
      entries.append(entry)
    }
    return entries
  }

  private func number(_ offset: Int, _ count: Int) throws(ArchiveFailure) -> Int {
    guard offset >= 0, offset + count <= bytes.count else {
      throw ArchiveFailure("it is cut short")
    }
    return bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private func rows() throws(ArchiveFailure) -> [Row] {
    guard
      let end = stride(from: bytes.count - 22, through: max(0, bytes.count - 65_557), by: -1)
        .first(where: { bytes[$0..<$0 + 4].elementsEqual([0x50, 0x4B, 5, 6]) })
    else { throw ArchiveFailure("its directory is missing") }
    let count = try number(end + 10, 2)
    var offset = try number(end + 16, 4)
    guard count < 0xFFFF, offset < 0xFFFF_FFFF else {
      throw ArchiveFailure("it is a zip64 archive, which is not supported")
    }
    var rows: [Row] = []
    for _ in 0..<count {
      guard try number(offset, 4) == 0x0201_4B50 else {
        throw ArchiveFailure("its directory is damaged")
      }
      let nameLength = try number(offset + 28, 2)
      let extra = try number(offset + 30, 2)
      let comment = try number(offset + 32, 2)
      _ = try number(offset + 46, nameLength)
      guard
        let name = String(
          validating: bytes[(offset + 46)..<(offset + 46 + nameLength)], as: UTF8.self)
      else { throw ArchiveFailure("a name in it is not UTF-8") }
      let method = try number(offset + 10, 2)
      guard method == 0 || method == 8, try number(offset + 8, 2) & 1 == 0 else {
        throw ArchiveFailure("`\(name)` is encrypted, or packed in a way that is not supported")
      }
      rows.append(
        Row(
          name: name, isStored: method == 0, checksum: UInt32(try number(offset + 16, 4)),
          packed: try number(offset + 20, 4), size: try number(offset + 24, 4),
          offset: try number(offset + 42, 4),
          mode: try number(offset + 5, 1) == 3 ? UInt32(try number(offset + 38, 4) >> 16) : 0,
          modified: ZipReader.seconds(
            date: try number(offset + 14, 2), time: try number(offset + 12, 2))))
      offset += 46 + nameLength + extra + comment
    }
    return rows
  }

  private func packed(_ row: Row) throws(ArchiveFailure) -> ArraySlice<UInt8> {
    guard try number(row.offset, 4) == 0x0403_4B50 else {
      throw ArchiveFailure("`\(row.name)` is damaged")
    }
    let names = try number(row.offset + 26, 2)
    let start = row.offset + 30 + names + (try number(row.offset + 28, 2))
    guard start + row.packed <= bytes.count else { throw ArchiveFailure("it is cut short") }
    return bytes[start..<start + row.packed]
  }

  private func gzipMember(_ row: Row) throws(ArchiveFailure) -> [UInt8] {
    func littleEndian(_ value: UInt32) -> [UInt8] {
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    }
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + (try packed(row)) + littleEndian(row.checksum)
      + littleEndian(UInt32(truncatingIfNeeded: row.size))
  }

  /// MS-DOS date and time, which know no time zone, taken as UTC.
  private static func seconds(date: Int, time: Int) -> Int {
    let year = 1980 + date >> 9
    let month = date >> 5 & 15
    let day = date & 31
    // Days of the civil calendar, counted from March.
    let shifted = month > 2 ? (year, month - 3) : (year - 1, month + 9)
    let days =
      365 * shifted.0 + shifted.0 / 4 - shifted.0 / 100 + shifted.0 / 400
      + (153 * shifted.1 + 2) / 5 + day - 1 - 719_468
    return days * 86400 + (time >> 11) * 3600 + (time >> 5 & 63) * 60 + (time & 31) * 2
  }
}
