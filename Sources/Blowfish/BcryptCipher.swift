/// Blowfish with the key schedule of bcrypt (Provos and Mazières, "A Future-Adaptable Password
/// Scheme", 1999), for password hashes and for key files that a passphrase protects.
///
/// Without a salt it is plain Blowfish (Schneier, 1993).
package struct BcryptCipher: Sendable {
  /// 18 subkeys and, after them, the four boxes of 256 words.
  private var words: [UInt32]

  private static let subkeyCount = 18
  private static let wordCount = subkeyCount + 4 * 256
  private static let initial = HexadecimalPi.fraction(words: wordCount)

  /// The state before any key.
  package init() { words = Self.initial }

  /// A key, or a salt that is used as one: its bytes over and over.
  package struct Key: Sendable {
    fileprivate let words: [UInt32]

    /// `bytes` are at least one; 72 of them count.
    package init(_ bytes: [UInt8]) {
      words = BcryptCipher.words(bytes, count: subkeyCount)
    }
  }

  /// Mixes a key and a salt into the state; the salt's length is a multiple of 8 bytes.
  package mutating func expand(_ key: Key, salt: [UInt8]) {
    let salt = Self.words(salt, count: salt.count / 4)
    mix(key)
    words.withUnsafeMutableBufferPointer { words in
      let words = words.baseAddress.unsafelyUnwrapped
      var (left, right) = (UInt32(0), UInt32(0))
      var position = 0
      for index in stride(from: 0, to: Self.wordCount, by: 2) {
        left ^= salt[position]
        right ^= salt[position + 1]
        position = (position + 2) % salt.count
        Self.encrypt(&left, &right, UnsafePointer(words))
        words[index] = left
        words[index + 1] = right
      }
    }
  }

  /// Mixes a key into the state.
  package mutating func expand(_ key: Key) {
    mix(key)
    words.withUnsafeMutableBufferPointer { words in
      let words = words.baseAddress.unsafelyUnwrapped
      var (left, right) = (UInt32(0), UInt32(0))
      var index = 0
      while index < Self.wordCount {
        Self.encrypt(&left, &right, UnsafePointer(words))
        words[index] = left
        words[index + 1] = right
        index += 2
      }
    }
  }

  /// A text encrypted in pairs of words, so many times each; its length is a multiple of 8 bytes.
  ///
  /// - Returns: words of four bytes, the highest first.
  package func encrypted(_ text: String, times: Int) -> [UInt32] {
    let bytes = Array(text.utf8)
    var block = Self.words(bytes, count: bytes.count / 4)
    words.withUnsafeBufferPointer { words in
      let words = words.baseAddress.unsafelyUnwrapped
      for pair in stride(from: 0, to: block.count, by: 2) {
        var (left, right) = (block[pair], block[pair + 1])
        for _ in 0..<times { Self.encrypt(&left, &right, words) }
        (block[pair], block[pair + 1]) = (left, right)
      }
    }
    return block
  }

  private mutating func mix(_ key: Key) {
    for index in 0..<Self.subkeyCount { words[index] ^= key.words[index] }
  }

  /// Bytes over and over, as words with the highest byte first.
  private static func words(_ bytes: [UInt8], count: Int) -> [UInt32] {
    (0..<count).map { word in
      (0..<4).reduce(0) { $0 << 8 | UInt32(bytes[(word * 4 + $1) % bytes.count]) }
    }
  }

  @inline(__always)
  private static func encrypt(
    _ left: inout UInt32, _ right: inout UInt32, _ words: UnsafePointer<UInt32>
  ) {
    var first = left ^ words[0]
    var second = right
    var round = 1
    while round <= 16 {
      var mixed = words[18 &+ Int(first >> 24)] &+ words[274 &+ Int(first >> 16 & 255)]
      mixed = (mixed ^ words[530 &+ Int(first >> 8 & 255)]) &+ words[786 &+ Int(first & 255)]
      second ^= mixed ^ words[round]
      swap(&first, &second)
      round &+= 1
    }
    left = second ^ words[17]
    right = first
  }
}
