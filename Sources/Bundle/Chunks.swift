import Crypto

/// The pieces in which blobs are compared and sent.
package enum Chunks {
  /// In bytes: 8 MiB.
  package static let size = 8 << 20

  /// How many pieces so many bytes have.
  package static func count(of bytes: Int) -> Int { (bytes + size - 1) / size }

  /// The range of a piece.
  package static func range(_ index: Int, of bytes: Int) -> Range<Int> {
    index * size..<min((index + 1) * size, bytes)
  }

  /// The digest of a whole stretch, and those of its pieces.
  static func digests(of source: FileRange) throws(FileFailure) -> (
    sha256: String, chunks: [String]
  ) {
    var whole = SHA256()
    var chunks: [String] = []
    for index in 0..<count(of: source.count) {
      let bytes = try source.bytes(range(index, of: source.count))
      whole.update(data: bytes)
      chunks.append(hexadecimal(SHA256.hash(data: bytes)))
    }
    return (hexadecimal(whole.finalize()), chunks)
  }

  /// The digest of a stretch, in pieces that need little memory.
  static func digest(of source: FileRange) throws(FileFailure) -> String {
    var whole = SHA256()
    let step = 1 << 20
    for start in stride(from: 0, to: source.count, by: step) {
      whole.update(data: try source.bytes(start..<min(start + step, source.count)))
    }
    return hexadecimal(whole.finalize())
  }

  /// The lower-case hexadecimal SHA-256 of a piece.
  package static func digest(of bytes: [UInt8]) -> String { hexadecimal(SHA256.hash(data: bytes)) }
}
