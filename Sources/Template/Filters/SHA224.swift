/// SHA-224 (FIPS 180-4), which the Crypto library lacks; kept for templates that name it.
enum SHA224 {
  private static let constants: [UInt32] = primes(64).map { fraction($0, root: 3) }

  private static func primes(_ count: Int) -> [UInt64] {
    var primes: [UInt64] = []
    var candidate: UInt64 = 2
    while primes.count < count {
      if !primes.contains(where: { candidate % $0 == 0 }) { primes.append(candidate) }
      candidate += 1
    }
    return primes
  }

  /// The first 32 bits of the fraction of the cube root of a small number.
  private static func fraction(_ number: UInt64, root: Int) -> UInt32 {
    // The largest r with r^3 <= number * 2^96, by bisection in three-word products.
    var low: UInt64 = 0
    var high: UInt64 = 1 << 36
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if cube(middle, isAtMost: number) { low = middle } else { high = middle }
    }
    return UInt32(truncatingIfNeeded: low)
  }

  private static func cube(_ value: UInt64, isAtMost number: UInt64) -> Bool {
    let square = value.multipliedFullWidth(by: value)
    let lower = square.low.multipliedFullWidth(by: value)
    let upper = square.high.multipliedFullWidth(by: value)
    let (middle, carry) = lower.high.addingReportingOverflow(upper.low)
    let top = upper.high + (carry ? 1 : 0)
    let limit = number << 32
    if top != 0 { return false }
    return middle < limit || (middle == limit && lower.low == 0)
  }

  static func hexadecimal(_ message: [UInt8]) -> String {
    var state: [UInt32] = [
      0xC105_9ED8, 0x367C_D507, 0x3070_DD17, 0xF70E_5939, 0xFFC0_0B31, 0x6858_1511, 0x64F9_8FA7,
      0xBEFA_4FA4,
    ]
    var bytes = message + [0x80]
    bytes += repeatElement(0, count: (120 - bytes.count % 64) % 64)
    let bits = UInt64(message.count) * 8
    bytes += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
    for start in stride(from: 0, to: bytes.count, by: 64) {
      compress(bytes[start..<start + 64], into: &state)
    }
    return Template.hexadecimal(
      state[..<7].flatMap { word in
        (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) }
      })
  }

  private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word >> count | word << (32 - count)
  }

  private static func compress(_ block: ArraySlice<UInt8>, into state: inout [UInt32]) {
    var words: [UInt32] = stride(from: block.startIndex, to: block.endIndex, by: 4).map { index in
      block[index..<index + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
    for index in 16..<64 {
      let early = words[index - 15]
      let late = words[index - 2]
      let first = rotate(early, 7) ^ rotate(early, 18) ^ early >> 3
      let second = rotate(late, 17) ^ rotate(late, 19) ^ late >> 10
      words.append(words[index - 16] &+ first &+ words[index - 7] &+ second)
    }
    var work = state
    for index in 0..<64 {
      let sigma = rotate(work[4], 6) ^ rotate(work[4], 11) ^ rotate(work[4], 25)
      let choice = work[4] & work[5] ^ ~work[4] & work[6]
      let first = work[7] &+ sigma &+ choice &+ constants[index] &+ words[index]
      let turn = rotate(work[0], 2) ^ rotate(work[0], 13) ^ rotate(work[0], 22)
      let majority = work[0] & work[1] ^ work[0] & work[2] ^ work[1] & work[2]
      work = [first &+ turn &+ majority] + work[..<7]
      work[4] = work[4] &+ first
    }
    for index in 0..<8 { state[index] = state[index] &+ work[index] }
  }
}
