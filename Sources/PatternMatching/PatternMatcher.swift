/// Matches one text against one pattern, by backtracking over a stack of its own.
struct PatternMatcher {
  private let program: PatternProgram
  let text: [Unicode.Scalar]
  /// Whether only a match up to the end counts.
  var mustReachEnd = false
  /// A place where an empty match does not count.
  var forbiddenEmpty: Int?

  private var groups: [Range<Int>?]
  private var groupStarts: [Int]
  /// For each loop how many rounds there were, and where the last one began.
  private var rounds: [Int]
  private var roundStarts: [Int]
  private var trail: [Entry] = []
  private var start = 0
  private var steps = 0
  private let limit: Int

  /// How many steps a search may take besides some for each character: some tenths of a second.
  static let stepLimit = 5_000_000
  private static let stepsForCharacter = 32
  /// How much may be remembered to go back to: about 160 MB.
  private static let trailLimit = 4_000_000

  /// What is done when a way fails: another way, or taking back what the way changed.
  private enum Entry {
    case other(instruction: Int, position: Int)
    /// One character less of a run.
    case shorter(instruction: Int, lowest: Int, position: Int)
    /// One character more of a run.
    case longer(instruction: Int, start: Int, position: Int)
    case group(Int, Range<Int>?)
    case groupStart(Int, Int)
    case round(Int, count: Int, start: Int)
  }

  init(_ pattern: Pattern, _ text: String) {
    program = pattern.program
    self.text = Array(text.unicodeScalars)
    groups = Array(repeating: nil, count: pattern.groupCount + 1)
    groupStarts = Array(repeating: 0, count: pattern.groupCount + 1)
    rounds = Array(repeating: 0, count: program.loopCount)
    roundStarts = Array(repeating: -1, count: program.loopCount)
    limit = Self.stepLimit + Self.stepsForCharacter * self.text.count
  }

  mutating func search(from start: Int) throws -> PatternMatch? {
    var position = start
    while position <= text.count {
      if let first = program.first {
        while position < text.count, text[position] != first { position += 1 }
        if position == text.count { return nil }
      }
      if let match = try match(at: position) { return match }
      position += 1
    }
    return nil
  }

  mutating func match(at start: Int) throws -> PatternMatch? {
    for index in groups.indices { groups[index] = nil }
    self.start = start
    trail.removeAll(keepingCapacity: true)
    guard let end = try run(0, start) else { return nil }
    groups[0] = start..<end
    return PatternMatch(source: text, range: start..<end, groups: groups)
  }

  private mutating func remember(_ entry: Entry) throws {
    guard trail.count < Self.trailLimit else {
      throw PatternError("the pattern has too many ways to match this text")
    }
    trail.append(entry)
  }

  /// Where a match of the instructions from one on ends; nil where there is none.
  ///
  /// Looking around and atomic groups nest as deeply as the pattern does, and no deeper.
  private mutating func run(_ first: Int, _ origin: Int) throws -> Int? {
    let base = trail.count
    var instruction = first
    var position = origin
    while true {
      steps += 1
      guard steps <= limit else {
        throw PatternError("the pattern needs more than \(limit) steps on this text")
      }
      var isFine = true
      switch program.instructions[instruction] {
      case .matched:
        isFine =
          (!mustReachEnd || position == text.count)
          && !(position == start && forbiddenEmpty == start)
        if isFine { return position }
      case .accept: return position
      case .single(let single):
        isFine = matches(single, position)
        position += 1
        instruction += 1
      case .run(let single, let minimum, let maximum, let greed):
        isFine = try take(single, minimum, maximum, greed, &position, instruction)
        instruction += 1
      case .fork(let other):
        try remember(.other(instruction: other, position: position))
        instruction += 1
      case .jump(let target): instruction = target
      case .groupStart(let group):
        try remember(.groupStart(group, groupStarts[group]))
        groupStarts[group] = position
        instruction += 1
      case .groupEnd(let group):
        try remember(.group(group, groups[group]))
        groups[group] = groupStarts[group]..<position
        instruction += 1
      case .backreference(let group, let ignoresCase):
        if let length = backreference(group, at: position, ignoresCase) {
          position += length
        } else {
          isFine = false
        }
        instruction += 1
      case .anchor(let anchor):
        isFine = holds(anchor, position)
        instruction += 1
      case .look(let width, let isNegated, let next):
        isFine = try look(instruction + 1, position - (width ?? 0)) != isNegated
        instruction = next
      case .atomic(let next):
        if let end = try settled(instruction + 1, position) {
          position = end
        } else {
          isFine = false
        }
        instruction = next
      case .conditional(let group, let otherwise):
        instruction = groups[group] != nil ? instruction + 1 : otherwise
      case .loopStart(let loop):
        try remember(.round(loop, count: rounds[loop], start: roundStarts[loop]))
        rounds[loop] = 0
        roundStarts[loop] = -1
        instruction += 1
      case .loop(let loop, let minimum, let maximum, let isLazy, let next):
        instruction = try round(
          loop, minimum, maximum, isLazy: isLazy, next: next, at: position, instruction)
      case .loopAgain(let loop, let maximum, let body):
        isFine = rounds[loop] < maximum && roundStarts[loop] != position
        if isFine { try begin(loop, at: position) }
        instruction = body
      }
      if isFine { continue }
      guard let (other, place) = try back(to: base) else { return nil }
      instruction = other
      position = place
    }
  }

  // MARK: Going back

  /// Takes back changes until there is another way; nil where there is none above `base`.
  private mutating func back(to base: Int) throws -> (instruction: Int, position: Int)? {
    while trail.count > base {
      switch trail.removeLast() {
      case .other(let instruction, let position): return (instruction, position)
      case .shorter(let instruction, let lowest, let position):
        if position - 1 > lowest {
          trail.append(.shorter(instruction: instruction, lowest: lowest, position: position - 1))
        }
        return (instruction + 1, position - 1)
      case .longer(let instruction, let start, let position):
        guard
          case .run(let single, _, let maximum, _) = program.instructions[instruction],
          position - start < maximum, matches(single, position)
        else { continue }
        trail.append(.longer(instruction: instruction, start: start, position: position + 1))
        return (instruction + 1, position + 1)
      case .group(let group, let range): groups[group] = range
      case .groupStart(let group, let start): groupStarts[group] = start
      case .round(let loop, let count, let start):
        rounds[loop] = count
        roundStarts[loop] = start
      }
    }
    return nil
  }

  /// The end of the first match of some instructions, whose other ways are forgotten.
  private mutating func settled(_ first: Int, _ position: Int) throws -> Int? {
    let base = trail.count
    guard let end = try run(first, position) else { return nil }
    // What has to be taken back stays.
    var kept = base
    for index in base..<trail.count {
      switch trail[index] {
      case .other, .shorter, .longer: continue
      case .group, .groupStart, .round:
        trail[kept] = trail[index]
        kept += 1
      }
    }
    trail.removeLast(trail.count - kept)
    return end
  }

  /// Whether some instructions match at a place.
  private mutating func look(_ first: Int, _ position: Int) throws -> Bool {
    guard position >= 0 else { return false }
    return try settled(first, position) != nil
  }

  // MARK: Repetition

  /// Takes a run of one character's kind.
  private mutating func take(
    _ single: PatternProgram.Single, _ minimum: Int, _ maximum: Int, _ greed: PatternNode.Greed,
    _ position: inout Int, _ instruction: Int
  ) throws -> Bool {
    let start = position
    let wanted = greed == .lazy ? minimum : maximum
    while position - start < wanted, matches(single, position) { position += 1 }
    steps += (position - start) / 8
    guard position - start >= minimum else { return false }
    switch greed {
    case .possessive: break
    case .lazy:
      try remember(.longer(instruction: instruction, start: start, position: position))
    case .greedy:
      if position - start > minimum {
        try remember(
          .shorter(instruction: instruction, lowest: start + minimum, position: position))
      }
    }
    return true
  }

  /// Where a loop goes on: with another round, or behind it.
  ///
  /// After a round that took nothing there is no other, but what it captured stays (as in CPython's
  /// `MAX_UNTIL` and `MIN_UNTIL`).
  private mutating func round(
    _ loop: Int, _ minimum: Int, _ maximum: Int, isLazy: Bool, next: Int, at position: Int,
    _ instruction: Int
  ) throws -> Int {
    let body = instruction + (isLazy ? 2 : 1)
    if rounds[loop] < minimum {
      try remember(.round(loop, count: rounds[loop], start: roundStarts[loop]))
      rounds[loop] += 1
      return body
    }
    if isLazy {
      try remember(.other(instruction: instruction + 1, position: position))
      return next
    }
    guard rounds[loop] < maximum, roundStarts[loop] != position else { return next }
    try remember(.other(instruction: next, position: position))
    try begin(loop, at: position)
    return body
  }

  private mutating func begin(_ loop: Int, at position: Int) throws {
    try remember(.round(loop, count: rounds[loop], start: roundStarts[loop]))
    rounds[loop] += 1
    roundStarts[loop] = position
  }

  // MARK: Places

  @inline(__always)
  private func matches(_ single: PatternProgram.Single, _ position: Int) -> Bool {
    guard position < text.count else { return false }
    switch single {
    case .scalar(let scalar, let ignoresCase):
      if text[position] == scalar { return true }
      return ignoresCase && CharacterClass.folded(text[position]) == CharacterClass.folded(scalar)
    case .any(let matchesNewline): return matchesNewline || text[position] != "\n"
    case .set(let index): return program.sets[index].contains(text[position])
    }
  }

  private func backreference(_ index: Int, at position: Int, _ ignoresCase: Bool) -> Int? {
    guard let range = groups[index], position + range.count <= text.count else { return nil }
    for offset in 0..<range.count {
      let left = text[range.lowerBound + offset]
      let right = text[position + offset]
      guard
        left == right
          || (ignoresCase && CharacterClass.folded(left) == CharacterClass.folded(right))
      else { return nil }
    }
    return range.count
  }

  private func holds(_ anchor: PatternNode.Anchor, _ position: Int) -> Bool {
    switch anchor {
    case .textStart: position == 0
    case .textEnd: position == text.count
    case .lineStart: position == 0 || text[position - 1] == "\n"
    case .lineEnd: position == text.count || text[position] == "\n"
    case .endBeforeNewline:
      position == text.count || (position == text.count - 1 && text[position] == "\n")
    case .wordBoundary(let isASCII): isBoundary(position, isASCII)
    case .notWordBoundary(let isASCII): !isBoundary(position, isASCII)
    }
  }

  private func isBoundary(_ position: Int, _ isASCII: Bool) -> Bool {
    let before = position > 0 && CharacterClass.isWord(text[position - 1], isASCII: isASCII)
    let after = position < text.count && CharacterClass.isWord(text[position], isASCII: isASCII)
    return before != after
  }
}
