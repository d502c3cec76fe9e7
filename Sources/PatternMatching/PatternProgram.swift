/// A regular expression as instructions, for a matcher that needs no call stack.
struct PatternProgram: Sendable {
  /// What is matched against one character.
  enum Single: Sendable {
    case scalar(Unicode.Scalar, ignoresCase: Bool)
    case any(matchesNewline: Bool)
    /// By its index in `sets`.
    case set(Int)
  }

  enum Instruction: Sendable {
    case single(Single)
    /// A repetition of one character, however long the run.
    case run(Single, minimum: Int, maximum: Int, PatternNode.Greed)
    /// Goes on, with another place to go on at where that fails.
    case fork(orElse: Int)
    case jump(Int)
    case groupStart(Int)
    case groupEnd(Int)
    case backreference(Int, ignoresCase: Bool)
    case anchor(PatternNode.Anchor)
    /// Goes on behind the looked-at instructions, which follow and end with `accept`.
    case look(width: Int?, isNegated: Bool, next: Int)
    case atomic(next: Int)
    case conditional(group: Int, otherwise: Int)
    case loopStart(Int)
    /// Before each round of a loop; the round's instructions follow.
    case loop(Int, minimum: Int, maximum: Int, isLazy: Bool, next: Int)
    /// Where a lazy loop goes on when what follows it fails; the round is at `body`.
    case loopAgain(Int, maximum: Int, body: Int)
    /// The end of what is looked at, or of an atomic group.
    case accept
    /// The end of the whole expression.
    case matched
  }

  private(set) var instructions: [Instruction] = []
  private(set) var sets: [CharacterClass] = []
  private(set) var loopCount = 0
  /// The character every match starts with; nil where that is not certain.
  let first: Unicode.Scalar?

  init(_ root: PatternNode) {
    first = Self.first(root)
    add(root)
    instructions.append(.matched)
  }

  private static func first(_ node: PatternNode) -> Unicode.Scalar? {
    switch node {
    case .scalar(let scalar, false): scalar
    case .sequence(let nodes): nodes.first.flatMap(first)
    case .group(let node, _), .atomic(let node): first(node)
    default: nil
    }
  }

  /// Adds an instruction whose target is known only later; answers where it is.
  private mutating func reserve() -> Int {
    instructions.append(.accept)
    return instructions.count - 1
  }

  private mutating func single(_ node: PatternNode) -> Single? {
    switch node {
    case .scalar(let scalar, let ignoresCase): return .scalar(scalar, ignoresCase: ignoresCase)
    case .any(let matchesNewline): return .any(matchesNewline: matchesNewline)
    case .set(let set):
      sets.append(set)
      return .set(sets.count - 1)
    default: return nil
    }
  }

  private mutating func add(_ node: PatternNode) {
    switch node {
    case .empty: break
    case .scalar, .any, .set:
      if let single = single(node) { instructions.append(.single(single)) }
    case .sequence(let nodes): for node in nodes { add(node) }
    case .alternation(let nodes): alternation(nodes)
    case .group(let inner, let index):
      instructions.append(.groupStart(index))
      add(inner)
      instructions.append(.groupEnd(index))
    case .atomic(let inner): atomic { $0.add(inner) }
    case .backreference(let index, let ignoresCase):
      instructions.append(.backreference(index, ignoresCase: ignoresCase))
    case .anchor(let anchor): instructions.append(.anchor(anchor))
    case .look(let inner, let isAhead, let isNegated):
      let place = reserve()
      add(inner)
      instructions.append(.accept)
      instructions[place] = .look(
        width: isAhead ? nil : inner.fixedWidth ?? 0, isNegated: isNegated,
        next: instructions.count)
    case .conditional(let group, let then, let otherwise):
      let place = reserve()
      add(then)
      let end = reserve()
      instructions[place] = .conditional(group: group, otherwise: instructions.count)
      add(otherwise)
      instructions[end] = .jump(instructions.count)
    case .repetition(let inner, let minimum, let maximum, let greed):
      repetition(inner, minimum, maximum, greed)
    }
  }

  private mutating func alternation(_ nodes: [PatternNode]) {
    var ends: [Int] = []
    for (index, node) in nodes.enumerated() {
      guard index < nodes.count - 1 else {
        add(node)
        break
      }
      let fork = reserve()
      add(node)
      ends.append(reserve())
      instructions[fork] = .fork(orElse: instructions.count)
    }
    for end in ends { instructions[end] = .jump(instructions.count) }
  }

  private mutating func atomic(_ body: (inout PatternProgram) -> Void) {
    let place = reserve()
    body(&self)
    instructions.append(.accept)
    instructions[place] = .atomic(next: instructions.count)
  }

  private mutating func repetition(
    _ node: PatternNode, _ minimum: Int, _ maximum: Int, _ greed: PatternNode.Greed
  ) {
    if let single = single(node) {
      instructions.append(.run(single, minimum: minimum, maximum: maximum, greed))
      return
    }
    if greed == .possessive {
      atomic { $0.repetition(node, minimum, maximum, .greedy) }
      return
    }
    let loop = loopCount
    loopCount += 1
    instructions.append(.loopStart(loop))
    let test = reserve()
    let isLazy = greed == .lazy
    // What a lazy loop comes back to lies right behind its test.
    if isLazy {
      instructions.append(.loopAgain(loop, maximum: maximum, body: instructions.count + 1))
    }
    add(node)
    instructions.append(.jump(test))
    instructions[test] = .loop(
      loop, minimum: minimum, maximum: maximum, isLazy: isLazy, next: instructions.count)
  }
}
