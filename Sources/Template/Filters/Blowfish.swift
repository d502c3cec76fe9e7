/// The Blowfish cipher with the expensive key schedule of bcrypt (Provos and Mazières, "A
/// Future-Adaptable Password Scheme", 1999).
struct Blowfish {
  /// 18 subkeys and, after them, the four boxes of 256 words.
  private var words: [UInt32]

  private static let boxStart = 18
  private static let wordCount = 18 + 4 * 256
  private static let initial = HexadecimalPi.fraction(words: wordCount)

  /// - Parameters:
  ///   - key: from 1 to 72 bytes, the closing zero among them.
  ///   - salt: 16 bytes.
  ///   - cost: the schedule is repeated two to this power times.
  init(key: [UInt8], salt: [UInt8], cost: Int) {
    words = Self.initial
    let keyWords = Self.cycled(key)
    let saltWords = Self.cycled(salt)
    let noSalt = [UInt32](repeating: 0, count: 4)
    expand(keyWords, salt: Array(saltWords.prefix(4)))
    for _ in 0..<(1 << cost) {
      expand(keyWords, salt: noSalt)
      expand(saltWords, salt: noSalt)
    }
  }

  /// Bytes over and over, as 18 words.
  private static func cycled(_ bytes: [UInt8]) -> [UInt32] {
    (0..<18).map { word in
      (0..<4).reduce(0) { $0 << 8 | UInt32(bytes[(word * 4 + $1) % bytes.count]) }
    }
  }

  private mutating func expand(_ key: [UInt32], salt: [UInt32]) {
    words.withUnsafeMutableBufferPointer { words in
      for index in 0..<18 { words[index] ^= key[index] }
      var left: UInt32 = 0
      var right: UInt32 = 0
      var index = 0
      while index < Self.wordCount {
        left ^= salt[index & 2]
        right ^= salt[(index & 2) + 1]
        Self.encrypt(&left, &right, UnsafePointer(words.baseAddress.unsafelyUnwrapped))
        words[index] = left
        words[index + 1] = right
        index += 2
      }
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
      let box = words + boxStart
      var mixed = box[Int(first >> 24)] &+ box[256 + Int(first >> 16 & 255)]
      mixed = (mixed ^ box[512 + Int(first >> 8 & 255)]) &+ box[768 + Int(first & 255)]
      second ^= mixed ^ words[round]
      swap(&first, &second)
      round += 1
    }
    left = second ^ words[17]
    right = first
  }

  /// Words encrypted two by two, so many times each.
  func encrypted(_ text: [UInt32], times: Int) -> [UInt32] {
    var result = text
    words.withUnsafeBufferPointer { words in
      guard let base = words.baseAddress else { return }
      for pair in stride(from: 0, to: text.count - 1, by: 2) {
        var (left, right) = (text[pair], text[pair + 1])
        for _ in 0..<times { Self.encrypt(&left, &right, base) }
        (result[pair], result[pair + 1]) = (left, right)
      }
    }
    return result
  }
}

/// The digits of π behind the point, which Blowfish takes for its tables: worked out, not written down.
enum HexadecimalPi {
  /// The first words of 32 bits.
  static func fraction(words: Int) -> [UInt32] {
    // Machin: π = 16 arctan(1/5) - 4 arctan(1/239), in fixed point with guard words behind.
    let guardWords = 2
    var sum = arctan(16, 5, words: words + guardWords)
    subtract(arctan(4, 239, words: words + guardWords), from: &sum)
    return Array(sum[1...words])
  }

  /// `scale * arctan(1 / divisor)`; the first word is the whole part.
  private static func arctan(_ scale: UInt32, _ divisor: UInt64, words: Int) -> [UInt32] {
    var power = [UInt32](repeating: 0, count: words + 1)
    power[0] = scale
    divide(&power, by: divisor, from: 0)
    var sum = power
    var first = 0
    var odd: UInt64 = 3
    var isNegative = true
    while first < power.count {
      divide(&power, by: divisor * divisor, from: first)
      while first < power.count, power[first] == 0 { first += 1 }
      var term = power
      divide(&term, by: odd, from: first)
      if isNegative { subtract(term, from: &sum) } else { add(term, to: &sum) }
      isNegative.toggle()
      odd += 2
    }
    return sum
  }

  private static func divide(_ number: inout [UInt32], by divisor: UInt64, from first: Int) {
    var rest: UInt64 = 0
    for index in first..<number.count {
      let value = rest << 32 | UInt64(number[index])
      number[index] = UInt32(truncatingIfNeeded: value / divisor)
      rest = value % divisor
    }
  }

  private static func add(_ other: [UInt32], to number: inout [UInt32]) {
    var carry: UInt64 = 0
    for index in number.indices.reversed() {
      let sum = UInt64(number[index]) + UInt64(other[index]) + carry
      number[index] = UInt32(truncatingIfNeeded: sum)
      carry = sum >> 32
    }
  }

  private static func subtract(_ other: [UInt32], from number: inout [UInt32]) {
    var borrow: Int64 = 0
    for index in number.indices.reversed() {
      let difference = Int64(number[index]) - Int64(other[index]) - borrow
      number[index] = UInt32(truncatingIfNeeded: difference)
      borrow = difference < 0 ? 1 : 0
    }
  }
}
