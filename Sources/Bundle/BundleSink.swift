import Glibc
import PKI

/// Where a bundle is written: under another name beside its place, and put there when it is whole.
///
/// Nothing stays behind of one that is not finished; what a killed program left is replaced by the next one.
final class BundleSink {
  private enum Form {
    case folder
    case archive(DraftFile)
  }

  private let place: String
  private let draft: String
  private let form: Form
  /// The time of every member of an archive.
  private let created: Moment
  private var isFinished = false

  /// Begins; throws where something is in its place already.
  init(_ place: String, isArchive: Bool, created: Moment) throws(FileFailure) {
    var status = stat()
    if lstat(place, &status) == 0 { throw FileFailure(place, "there is something of that name") }
    self.place = place
    self.created = created
    draft = place + ".partial"
    unlink(draft)
    Folder.remove(draft)
    if isArchive {
      form = .archive(try DraftFile(draft))
    } else {
      form = .folder
      for path in ["", "/blobs", "/blobs/sha256"] { try Folder.make(draft + path) }
    }
  }

  deinit {
    guard !isFinished else { return }
    unlink(draft)
    Folder.remove(draft)
  }

  /// Adds a small file.
  func add(_ bytes: [UInt8], as name: String) throws(FileFailure) {
    try add(count: bytes.count, as: name) { write throws(FileFailure) in try write(bytes) }
  }

  /// Adds a file whose bytes come one after another; there must be as many as `count` says.
  func add(
    count: Int, as name: String,
    _ body: ((_ bytes: [UInt8]) throws(FileFailure) -> Void) throws(FileFailure) -> Void
  ) throws(FileFailure) {
    switch form {
    case .folder:
      let file = try DraftFile(draft + "/" + name)
      try body { bytes throws(FileFailure) in try file.write(bytes) }
      try file.sync()
    case .archive(let file):
      try file.write(TarHeader.bytes(name, size: count, modified: created.seconds))
      try body { bytes throws(FileFailure) in try file.write(bytes) }
      try file.write([UInt8](repeating: 0, count: (512 - count % 512) % 512))
    }
  }

  /// Puts the bundle into its place.
  func finish() throws(FileFailure) {
    if case .archive(let file) = form {
      try file.write([UInt8](repeating: 0, count: 1024))
      try file.sync()
    }
    guard rename(draft, place) == 0 else { throw FileFailure(place) }
    isFinished = true
  }
}

/// The header of a member of a plain tar archive: POSIX.1-1988 (ustar), for everybody to read.
enum TarHeader {
  static func bytes(_ name: String, size: Int, modified: Int) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ bytes: some Sequence<UInt8>, at offset: Int) {
      for (index, byte) in bytes.enumerated() { header[offset + index] = byte }
    }
    func put(_ number: Int, at offset: Int, width: Int) {
      let digits = String(number, radix: 8)
      if digits.utf8.count < width {
        let zeros = String(repeating: "0", count: width - 1 - digits.utf8.count)
        put((zeros + digits).utf8, at: offset)
      } else {
        // Of 8 GiB and more: base 256, as GNU tar and Go write and read it.
        put(
          (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }, at: offset + width - 8
        )
        header[offset] = 0x80
      }
    }
    put(name.utf8, at: 0)
    put(0o644, at: 100, width: 8)
    put(0, at: 108, width: 8)
    put(0, at: 116, width: 8)
    put(size, at: 124, width: 12)
    put(max(0, modified), at: 136, width: 12)
    header[156] = UInt8(ascii: "0")
    put("ustar\u{0}00".utf8, at: 257)
    let sum = header.reduce(8 * 32) { $0 + Int($1) }
    put(sum, at: 148, width: 7)
    header[155] = 0x20
    return header
  }
}
