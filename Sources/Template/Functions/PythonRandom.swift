import BigInt
import Crypto

/// Random numbers as Python 3 draws them from a seed (`random.Random`): the Mersenne Twister MT19937 of Matsumoto and
/// Nishimura, 1998, seeded by `init_by_array`.
struct PythonRandom {
  private static let size = 624

  private var state: [UInt32]
  private var index = PythonRandom.size

  /// The seed `text`: its UTF-8 bytes and their SHA-512, as one number.
  init(text: String) {
    let bytes = Array(text.utf8)
    self.init(magnitude: BigUInt(bytesBigEndian: bytes + Array(SHA512.hash(data: bytes))))
  }

  /// A whole number as the seed; its sign does not count.
  init(_ integer: BigInt) { self.init(magnitude: integer.magnitude) }

  private init(magnitude: BigUInt) {
    var key: [UInt32] = magnitude.words.flatMap {
      [UInt32(truncatingIfNeeded: $0), UInt32(truncatingIfNeeded: $0 >> 32)]
    }
    while key.count > 1, key.last == 0 { key.removeLast() }
    if key.isEmpty { key = [0] }
    let size = Self.size
    state = [19_650_218]
    for index in 1..<size {
      let last = state[index - 1]
      state.append(1_812_433_253 &* (last ^ (last >> 30)) &+ UInt32(index))
    }
    var place = 1
    var position = 0
    for _ in 0..<max(size, key.count) {
      let last = state[place - 1]
      state[place] =
        (state[place] ^ ((last ^ (last >> 30)) &* 1_664_525)) &+ key[position] &+ UInt32(position)
      advance(&place)
      position = (position + 1) % key.count
    }
    for _ in 1..<size {
      let last = state[place - 1]
      state[place] =
        (state[place] ^ ((last ^ (last >> 30)) &* 1_566_083_941)) &- UInt32(place)
      advance(&place)
    }
    state[0] = 0x8000_0000
  }

  private mutating func advance(_ place: inout Int) {
    place += 1
    if place == Self.size {
      state[0] = state[Self.size - 1]
      place = 1
    }
  }

  private mutating func word() -> UInt32 {
    if index == Self.size { renew() }
    var word = state[index]
    index += 1
    word ^= word >> 11
    word ^= (word << 7) & 0x9D2C_5680
    word ^= (word << 15) & 0xEFC6_0000
    return word ^ (word >> 18)
  }

  private mutating func renew() {
    for place in 0..<Self.size {
      let mixed =
        (state[place] & 0x8000_0000) | (state[(place + 1) % Self.size] & 0x7FFF_FFFF)
      state[place] =
        state[(place + 397) % Self.size] ^ (mixed >> 1) ^ (mixed & 1 == 0 ? 0 : 0x9908_B0DF)
    }
    index = 0
  }

  /// A number from 0 up to but not including `bound` (`_randbelow`).
  mutating func next(below bound: Int) -> Int {
    guard bound > 0 else { return 0 }
    let width = Int.bitWidth - bound.leadingZeroBitCount
    while true {
      let value = bits(width)
      if value < bound { return value }
    }
  }

  /// `getrandbits` of 1 to 63 bits.
  private mutating func bits(_ count: Int) -> Int {
    guard count > 32 else { return Int(word() >> UInt32(32 - count)) }
    let low = Int(word())
    return low | Int(word() >> UInt32(64 - count)) << 32
  }
}

extension BigUInt {
  fileprivate init(bytesBigEndian bytes: [UInt8]) {
    var words: [Word] = []
    var end = bytes.count
    while end > 0 {
      let start = Swift.max(0, end - 8)
      words.append(bytes[start..<end].reduce(0) { $0 << 8 | Word($1) })
      end = start
    }
    self.init(words: words)
  }
}
