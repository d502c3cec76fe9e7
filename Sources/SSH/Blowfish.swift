/// Blowfish with the key schedule of bcrypt (Provos and Mazieres, "A Future-Adaptable Password
/// Scheme", 1999), to open passphrase-protected key files.
struct Blowfish {
  /// 18 subkeys and 4 boxes of 256 words, in a row.
  private var words: [UInt32]

  /// The state before any key: the first digits of the fraction of pi.
  private static let initial = PiDigits.fraction(words: 18 + 4 * 256)

  init() { words = Blowfish.initial }

  /// Mixes key and salt into the state; an empty salt counts as zeros.
  mutating func expand(key: [UInt32], salt: [UInt32]) {
    words.withUnsafeMutableBufferPointer { words in
      for index in 0..<18 { words[index] ^= key[index % key.count] }
      var (left, right) = (UInt32(0), UInt32(0))
      var position = 0
      for index in stride(from: 0, to: words.count, by: 2) {
        if !salt.isEmpty {
          left ^= salt[position % salt.count]
          right ^= salt[(position + 1) % salt.count]
          position += 2
        }
        Blowfish.encrypt(words, &left, &right)
        words[index] = left
        words[index + 1] = right
      }
    }
  }

  /// Encrypts pairs of words in place.
  mutating func encrypt(_ block: inout [UInt32]) {
    words.withUnsafeMutableBufferPointer { words in
      for index in stride(from: 0, to: block.count, by: 2) {
        var (left, right) = (block[index], block[index + 1])
        Blowfish.encrypt(words, &left, &right)
        (block[index], block[index + 1]) = (left, right)
      }
    }
  }

  @inline(__always)
  private static func encrypt(
    _ words: UnsafeMutableBufferPointer<UInt32>, _ left: inout UInt32, _ right: inout UInt32
  ) {
    func mix(_ value: UInt32) -> UInt32 {
      let first = words[18 &+ Int(value >> 24)]
      let second = words[18 &+ 256 &+ Int(value >> 16 & 0xff)]
      let third = words[18 &+ 512 &+ Int(value >> 8 & 0xff)]
      let fourth = words[18 &+ 768 &+ Int(value & 0xff)]
      return ((first &+ second) ^ third) &+ fourth
    }
    left ^= words[0]
    for round in stride(from: 1, to: 17, by: 2) {
      right ^= mix(left) ^ words[round]
      left ^= mix(right) ^ words[round + 1]
    }
    right ^= words[17]
    swap(&left, &right)
  }
}

/// The binary digits of pi, from Machin's formula: pi = 16 atan(1/5) - 4 atan(1/239).
enum PiDigits {
  /// The first `count` words of 32 bits after the point.
  static func fraction(words count: Int) -> [UInt32] {
    let limbs = (count + 1) / 2 + 2
    var pi = inverseTangent(of: 5, times: 16, limbs: limbs)
    subtract(inverseTangent(of: 239, times: 4, limbs: limbs), from: &pi)
    return (0..<count).map { index in
      let limb = pi[1 + index / 2]
      return UInt32(truncatingIfNeeded: index % 2 == 0 ? limb >> 32 : limb)
    }
  }

  /// `times * atan(1 / x)` as one limb before the point and the rest after it.
  private static func inverseTangent(of x: UInt64, times: UInt64, limbs: Int) -> [UInt64] {
    var power = [UInt64](repeating: 0, count: limbs)
    power[0] = times
    _ = divide(&power, by: x, from: 0)
    var sum = power
    var first = 0
    var divisor: UInt64 = 3
    var isNegative = true
    while true {
      first = divide(&power, by: x * x, from: first)
      guard first < limbs else { return sum }
      var term = power
      _ = divide(&term, by: divisor, from: first)
      if isNegative { subtract(term, from: &sum) } else { add(term, to: &sum) }
      isNegative.toggle()
      divisor += 2
    }
  }

  /// Divides in place; the index of the first limb that is not zero.
  private static func divide(_ number: inout [UInt64], by divisor: UInt64, from start: Int) -> Int {
    var remainder: UInt64 = 0
    var first = number.count
    for index in start..<number.count {
      let (quotient, rest) = divisor.dividingFullWidth((remainder, number[index]))
      number[index] = quotient
      remainder = rest
      if quotient != 0, first == number.count { first = index }
    }
    return first
  }

  private static func add(_ other: [UInt64], to number: inout [UInt64]) {
    var carry: UInt64 = 0
    for index in number.indices.reversed() {
      let (sum, overflow) = number[index].addingReportingOverflow(other[index])
      let (total, second) = sum.addingReportingOverflow(carry)
      number[index] = total
      carry = overflow || second ? 1 : 0
    }
  }

  private static func subtract(_ other: [UInt64], from number: inout [UInt64]) {
    var borrow: UInt64 = 0
    for index in number.indices.reversed() {
      let (difference, overflow) = number[index].subtractingReportingOverflow(other[index])
      let (total, second) = difference.subtractingReportingOverflow(borrow)
      number[index] = total
      borrow = overflow || second ? 1 : 0
    }
  }
}
