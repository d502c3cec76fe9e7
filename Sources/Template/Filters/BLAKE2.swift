/// BLAKE2b and BLAKE2s without a key, at their full length (RFC 7693), which the Crypto library lacks.
enum BLAKE2 {
  /// The order of the words of a block in each round (RFC 7693, section 2.7).
  private static let schedule: [[Int]] = [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    [14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
    [11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
    [7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
    [9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
    [2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
    [12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
    [13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
    [6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
    [10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
  ]

  /// The words of a state that one step mixes: first the columns, then the diagonals.
  private static let quarters: [(Int, Int, Int, Int)] = [
    (0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
    (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14),
  ]

  /// The digest of 64 bytes over words of 64 bits.
  static func b(_ message: [UInt8]) -> [UInt8] {
    digest(
      message, rounds: 12, rotations: (32, 24, 16, 63),
      start: [
        0x6A09_E667_F3BC_C908, 0xBB67_AE85_84CA_A73B, 0x3C6E_F372_FE94_F82B, 0xA54F_F53A_5F1D_36F1,
        0x510E_527F_ADE6_82D1, 0x9B05_688C_2B3E_6C1F, 0x1F83_D9AB_FB41_BD6B, 0x5BE0_CD19_137E_2179,
      ] as [UInt64])
  }

  /// The digest of 32 bytes over words of 32 bits.
  static func s(_ message: [UInt8]) -> [UInt8] {
    digest(
      message, rounds: 10, rotations: (16, 12, 8, 7),
      start: [
        0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB,
        0x5BE0_CD19,
      ] as [UInt32])
  }

  private static func digest<Word: FixedWidthInteger & UnsignedInteger>(
    _ message: [UInt8], rounds: Int, rotations: (Word, Word, Word, Word), start: [Word]
  ) -> [UInt8] {
    let width = Word.bitWidth / 8
    let blockSize = 16 * width
    var state = start
    // Depth and fanout 1, no key, all bytes of the digest.
    state[0] ^= 0x0101_0000 ^ Word(8 * width)
    var offset = 0
    repeat {
      let end = min(offset + blockSize, message.count)
      var block = Array(message[offset..<end])
      block += [UInt8](repeating: 0, count: blockSize - block.count)
      let words = (0..<16).map { index in
        (0..<width).reduce(Word(0)) { $0 | Word(block[index * width + $1]) << Word(8 * $1) }
      }
      let isLast = end == message.count
      var mixed = state + start
      mixed[12] ^= Word(end)
      if isLast { mixed[14] = ~mixed[14] }
      for round in 0..<rounds { mix(&mixed, words, schedule[round % 10], rotations) }
      for index in 0..<8 { state[index] ^= mixed[index] ^ mixed[index + 8] }
      offset = end
    } while offset < message.count
    return state.flatMap { word in
      (0..<width).map { UInt8(truncatingIfNeeded: word >> Word(8 * $0)) }
    }
  }

  private static func mix<Word: FixedWidthInteger & UnsignedInteger>(
    _ state: inout [Word], _ words: [Word], _ order: [Int],
    _ rotations: (Word, Word, Word, Word)
  ) {
    func rotated(_ word: Word, _ count: Word) -> Word {
      word >> count | word << (Word(Word.bitWidth) - count)
    }
    for (step, (a, b, c, d)) in quarters.enumerated() {
      state[a] = state[a] &+ state[b] &+ words[order[2 * step]]
      state[d] = rotated(state[d] ^ state[a], rotations.0)
      state[c] = state[c] &+ state[d]
      state[b] = rotated(state[b] ^ state[c], rotations.1)
      state[a] = state[a] &+ state[b] &+ words[order[2 * step + 1]]
      state[d] = rotated(state[d] ^ state[a], rotations.2)
      state[c] = state[c] &+ state[d]
      state[b] = rotated(state[b] ^ state[c], rotations.3)
    }
  }
}
