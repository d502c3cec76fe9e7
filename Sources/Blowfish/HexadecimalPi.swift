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
