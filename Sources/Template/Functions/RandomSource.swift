/// Random numbers: the system's, or a reproducible sequence from a seed (SplitMix64).
struct RandomSource {
  private var state: UInt64?

  init(seed: UInt64?) { state = seed }

  /// A sequence that depends on a text.
  init(text: String) {
    // FNV-1a, 64 bits.
    state = text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }

  mutating func next() -> UInt64 {
    guard let current = state else {
      OutsideReads.note()
      return UInt64.random(in: .min ... .max)
    }
    let advanced = current &+ 0x9E37_79B9_7F4A_7C15
    state = advanced
    var mixed = advanced
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 up to but not including `bound`, which must be positive.
  mutating func next(below bound: Int) -> Int {
    guard bound > 1 else { return 0 }
    return Int(next() % UInt64(bound))
  }
}
