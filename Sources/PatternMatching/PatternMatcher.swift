/// Matches one text against one pattern, by backtracking with continuations.
struct PatternMatcher {
  private let pattern: Pattern
  let text: [Unicode.Scalar]
  private var groups: [Range<Int>?]
  private var steps = 0
  private var depth = 0
  /// Whether only a match up to the end counts.
  var mustReachEnd = false
  /// A place where an empty match does not count.
  var forbiddenEmpty: Int?

  /// How many steps one search may take: some tenths of a second.
  static let stepLimit = 5_000_000
  /// How deep continuations may be nested.
  private static let depthLimit = 12_000

  init(_ pattern: Pattern, _ text: String) {
    self.pattern = pattern
    self.text = Array(text.unicodeScalars)
    groups = Array(repeating: nil, count: pattern.groupCount + 1)
  }

  mutating func search(from start: Int) throws -> PatternMatch? {
    let first = firstScalar(pattern.root)
    var position = start
    while position <= text.count {
      if let first {
        while position < text.count, text[position] != first { position += 1 }
        if position == text.count { return nil }
      }
      if let match = try match(at: position) { return match }
      position += 1
    }
    return nil
  }

  /// The character every match starts with; nil where that is not certain.
  private func firstScalar(_ node: PatternNode) -> Unicode.Scalar? {
    switch node {
    case .scalar(let scalar, false): scalar
    case .sequence(let nodes): nodes.first.flatMap(firstScalar)
    case .group(let node, _), .atomic(let node): firstScalar(node)
    default: nil
    }
  }

  mutating func match(at start: Int) throws -> PatternMatch? {
    for index in groups.indices { groups[index] = nil }
    var end: Int?
    let found = try run(pattern.root, start) { matcher, position in
      if matcher.mustReachEnd, position != matcher.text.count { return false }
      if position == start, matcher.forbiddenEmpty == start { return false }
      end = position
      return true
    }
    guard found, let end else { return nil }
    groups[0] = start..<end
    return PatternMatch(source: text, range: start..<end, groups: groups)
  }

  private typealias Continuation = (inout PatternMatcher, Int) throws -> Bool

  private mutating func step() throws {
    steps += 1
    guard steps <= Self.stepLimit else {
      throw PatternError("the pattern needs more than \(Self.stepLimit) steps on this text")
    }
  }

  /// Whether `node` matches at `position` such that the rest, `next`, matches too.
  private mutating func run(
    _ node: PatternNode, _ position: Int, _ next: Continuation
  ) throws -> Bool {
    try step()
    if let width = single(node, position) {
      return width ? try next(&self, position + 1) : false
    }
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.depthLimit else {
      throw PatternError("the pattern nests too deeply on this text")
    }
    switch node {
    case .sequence(let nodes): return try sequence(nodes[...], position, next)
    case .alternation(let nodes):
      for node in nodes {
        let saved = groups
        if try run(node, position, next) { return true }
        groups = saved
      }
      return false
    case .group(let inner, let index):
      let saved = groups[index]
      let found = try run(inner, position) { matcher, end in
        let before = matcher.groups[index]
        matcher.groups[index] = position..<end
        if try next(&matcher, end) { return true }
        matcher.groups[index] = before
        return false
      }
      if !found { groups[index] = saved }
      return found
    case .atomic(let inner):
      guard let end = try end(of: inner, at: position) else { return false }
      return try next(&self, end)
    case .backreference(let index, let ignoresCase):
      guard let length = backreference(index, at: position, ignoresCase) else { return false }
      return try next(&self, position + length)
    case .repetition(let inner, let minimum, let maximum, let greed):
      return try repetition(inner, minimum, maximum, greed, position, next)
    case .look(let inner, let isAhead, let isNegated):
      let saved = groups
      let found = try look(inner, position, isAhead: isAhead)
      if isNegated { groups = saved }
      return found != isNegated ? try next(&self, position) : false
    case .anchor(let anchor):
      return holds(anchor, position) ? try next(&self, position) : false
    case .conditional(let group, let then, let otherwise):
      return try run(groups[group] != nil ? then : otherwise, position, next)
    case .empty: return try next(&self, position)
    case .scalar, .any, .set: return false
    }
  }

  /// Whether a node that stands for one character matches; nil for any other node.
  @inline(__always)
  private func single(_ node: PatternNode, _ position: Int) -> Bool? {
    switch node {
    case .scalar(let scalar, let ignoresCase):
      guard position < text.count else { return false }
      if text[position] == scalar { return true }
      return ignoresCase && CharacterClass.folded(text[position]) == CharacterClass.folded(scalar)
    case .any(let matchesNewline):
      return position < text.count && (matchesNewline || text[position] != "\n")
    case .set(let set): return position < text.count && set.contains(text[position])
    default: return nil
    }
  }

  private mutating func sequence(
    _ nodes: ArraySlice<PatternNode>, _ position: Int, _ next: Continuation
  ) throws -> Bool {
    var nodes = nodes
    var position = position
    while let node = nodes.first, let isMatch = single(node, position) {
      try step()
      guard isMatch else { return false }
      position += 1
      nodes.removeFirst()
    }
    guard let node = nodes.popFirst() else { return try next(&self, position) }
    if nodes.isEmpty { return try run(node, position, next) }
    return try run(node, position) { matcher, end in
      try matcher.sequence(nodes, end, next)
    }
  }

  /// Where the first way to match a node alone ends.
  private mutating func end(of node: PatternNode, at position: Int) throws -> Int? {
    var end: Int?
    _ = try run(node, position) { _, position in
      end = position
      return true
    }
    return end
  }

  private mutating func look(
    _ node: PatternNode, _ position: Int, isAhead: Bool
  ) throws -> Bool {
    if isAhead { return try run(node, position) { _, _ in true } }
    let start = position - (node.fixedWidth ?? 0)
    guard start >= 0 else { return false }
    return try run(node, start) { _, end in end == position }
  }

  // MARK: Repetition

  private mutating func repetition(
    _ node: PatternNode, _ minimum: Int, _ maximum: Int, _ greed: PatternNode.Greed,
    _ position: Int, _ next: Continuation
  ) throws -> Bool {
    if single(node, position) != nil {
      return try runs(of: node, minimum, maximum, greed, position, next)
    }
    if greed == .possessive {
      var current = position
      var count = 0
      while count < maximum, let end = try end(of: node, at: current) {
        count += 1
        if end == current { break }
        current = end
      }
      return count >= minimum ? try next(&self, current) : false
    }
    return try rounds(
      node, minimum, maximum, isLazy: greed == .lazy, count: 0, position, next)
  }

  /// A repetition of one character: no nesting, however long the run.
  private mutating func runs(
    of node: PatternNode, _ minimum: Int, _ maximum: Int, _ greed: PatternNode.Greed,
    _ position: Int, _ next: Continuation
  ) throws -> Bool {
    if greed == .lazy {
      var current = position
      while current - position < minimum {
        guard single(node, current) == true else { return false }
        current += 1
      }
      while true {
        try step()
        if try next(&self, current) { return true }
        guard current - position < maximum, single(node, current) == true else { return false }
        current += 1
      }
    }
    var current = position
    while current - position < maximum, single(node, current) == true { current += 1 }
    guard current - position >= minimum else { return false }
    if greed == .possessive { return try next(&self, current) }
    while true {
      try step()
      if try next(&self, current) { return true }
      guard current - position > minimum else { return false }
      current -= 1
    }
  }

  private mutating func rounds(
    _ node: PatternNode, _ minimum: Int, _ maximum: Int, isLazy: Bool, count: Int,
    _ position: Int, _ next: Continuation
  ) throws -> Bool {
    if isLazy, count >= minimum, try next(&self, position) { return true }
    if count < maximum {
      let saved = groups
      let found = try run(node, position) { matcher, end in
        // A round that takes nothing would go on for ever.
        if end == position, count >= minimum { return false }
        return try matcher.rounds(
          node, minimum, maximum, isLazy: isLazy, count: count + 1, end, next)
      }
      if found { return true }
      groups = saved
    }
    return !isLazy && count >= minimum ? try next(&self, position) : false
  }

  // MARK: Places

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
