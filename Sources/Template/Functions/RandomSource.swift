/// Random numbers: the system's, a reproducible sequence from a seed (SplitMix64), or Python's.
struct RandomSource {
  private enum Kind {
    case system
    case sequence(state: UInt64)
    case python(PythonRandom)
  }

  private var kind: Kind

  init(seed: UInt64?) { kind = seed.map { .sequence(state: $0) } ?? .system }

  /// What Python's `random.Random` draws.
  init(_ python: PythonRandom) { kind = .python(python) }

  private mutating func next() -> UInt64 {
    guard case .sequence(let state) = kind else {
      OutsideReads.note()
      return UInt64.random(in: .min ... .max)
    }
    let advanced = state &+ 0x9E37_79B9_7F4A_7C15
    kind = .sequence(state: advanced)
    var mixed = advanced
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number from 0 up to but not including `bound`, which must be positive.
  mutating func next(below bound: Int) -> Int {
    if case .python(var python) = kind {
      defer { kind = .python(python) }
      return python.next(below: bound)
    }
    guard bound > 1 else { return 0 }
    return Int(next() % UInt64(bound))
  }
}
