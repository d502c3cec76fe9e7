/// SHA-1 (FIPS 180-4 section 6.1.2), only to look names up in known_hosts.
///
/// A file of 15 000 hashed lines means as many HMACs per lookup; here the two key blocks of a line
/// are hashed once and kept, which halves the work and allocates nothing.
struct SHA1State {
  fileprivate var words: (UInt32, UInt32, UInt32, UInt32, UInt32) = (
    0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0
  )

  /// The digest after all blocks.
  var digest: SHA1Digest {
    SHA1Digest(
      UInt64(words.0) << 32 | UInt64(words.1), UInt64(words.2) << 32 | UInt64(words.3), words.4)
  }

  /// Takes in one block of 16 big-endian words; `schedule` has room for 80.
  mutating func absorb(schedule: UnsafeMutablePointer<UInt32>) {
    for index in 16..<80 {
      let word =
        schedule[index &- 3] ^ schedule[index &- 8] ^ schedule[index &- 14]
        ^ schedule[index &- 16]
      schedule[index] = word << 1 | word >> 31
    }
    var (a, b, c, d, e) = words
    for index in 0..<80 {
      let mixed: UInt32
      switch index {
      case ..<20: mixed = (d ^ (b & (c ^ d))) &+ 0x5a82_7999
      case ..<40: mixed = (b ^ c ^ d) &+ 0x6ed9_eba1
      case ..<60: mixed = ((b & c) | (d & (b | c))) &+ 0x8f1b_bcdc
      default: mixed = (b ^ c ^ d) &+ 0xca62_c1d6
      }
      let next = (a << 5 | a >> 27) &+ mixed &+ e &+ schedule[index]
      (a, b, c, d, e) = (next, a, b << 30 | b >> 2, c, d)
    }
    words = (words.0 &+ a, words.1 &+ b, words.2 &+ c, words.3 &+ d, words.4 &+ e)
  }

  /// Takes in whole blocks.
  mutating func absorb(_ blocks: [UInt8]) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { schedule in
      guard let words = schedule.baseAddress else { return }
      for block in stride(from: 0, to: blocks.count, by: 64) {
        for index in 0..<16 {
          let start = block + 4 * index
          words[index] =
            UInt32(blocks[start]) << 24 | UInt32(blocks[start + 1]) << 16
            | UInt32(blocks[start + 2]) << 8 | UInt32(blocks[start + 3])
        }
        absorb(schedule: words)
      }
    }
  }
}

/// 20 bytes.
struct SHA1Digest: Hashable {
  private let high: UInt64
  private let middle: UInt64
  private let low: UInt32

  init(_ high: UInt64, _ middle: UInt64, _ low: UInt32) {
    self.high = high
    self.middle = middle
    self.low = low
  }

  /// nil unless there are 20 bytes.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == 20 else { return nil }
    func number(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
    self.init(number(0..<8), number(8..<16), UInt32(number(16..<20)))
  }

  /// The bytes in order.
  var bytes: [UInt8] {
    (0..<20).map { index in
      switch index {
      case ..<8: UInt8(truncatingIfNeeded: high >> UInt64(56 - 8 * index))
      case ..<16: UInt8(truncatingIfNeeded: middle >> UInt64(120 - 8 * index))
      default: UInt8(truncatingIfNeeded: low >> UInt32(152 - 8 * index))
      }
    }
  }
}

/// HMAC-SHA1 (RFC 2104) under one key, ready for many messages.
struct HMACSHA1 {
  private let inner: SHA1State
  private let outer: SHA1State

  /// A key of at most 64 bytes.
  init(key: [UInt8]) {
    func state(_ pad: UInt8) -> SHA1State {
      var block = key.prefix(64).map { $0 ^ pad }
      block.append(contentsOf: [UInt8](repeating: pad, count: 64 - block.count))
      var state = SHA1State()
      state.absorb(block)
      return state
    }
    inner = state(0x36)
    outer = state(0x5c)
  }

  func authenticate(_ message: PaddedMessage) -> SHA1Digest {
    var first = inner
    var second = outer
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 80) { schedule in
      guard let words = schedule.baseAddress else { return }
      for block in stride(from: 0, to: message.words.count, by: 16) {
        for index in 0..<16 { words[index] = message.words[block + index] }
        first.absorb(schedule: words)
      }
      first.fill(words)
      second.absorb(schedule: words)
    }
    return second.digest
  }
}

extension SHA1State {
  /// Lays the digest out as the last block of an outer HMAC hash: 20 bytes after a key block.
  fileprivate func fill(_ schedule: UnsafeMutablePointer<UInt32>) {
    (schedule[0], schedule[1], schedule[2]) = (words.0, words.1, words.2)
    (schedule[3], schedule[4]) = (words.3, words.4)
    schedule[5] = 0x8000_0000
    for index in 6..<15 { schedule[index] = 0 }
    schedule[15] = UInt32((64 + 20) * 8)
  }
}

/// A message padded as the end of a hash that has taken in one key block before.
struct PaddedMessage {
  fileprivate let words: [UInt32]

  init(_ text: String) {
    var bytes = Array(text.utf8)
    let bits = (64 + bytes.count) * 8
    bytes.append(0x80)
    while bytes.count % 64 != 60 { bytes.append(0) }
    words =
      stride(from: 0, to: bytes.count, by: 4).map { start in
        bytes[start..<(start + 4)].reduce(0) { $0 << 8 | UInt32($1) }
      } + [UInt32(bits)]
  }
}
