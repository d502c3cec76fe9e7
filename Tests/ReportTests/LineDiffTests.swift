import Testing

@testable import Report

@Suite struct LineDiffTests {
  /// What a reader of the difference takes for the old and the new text.
  private func sides(_ diff: LineDiff) -> (before: [String], after: [String]) {
    var (before, after): ([String], [String]) = ([], [])
    for line in diff.lines {
      switch line {
      case .same(let text):
        before.append(text)
        after.append(text)
      case .removed(let text): before.append(text)
      case .added(let text): after.append(text)
      case .skipped: Issue.record("nothing may be skipped with unlimited context")
      }
    }
    return (before, after)
  }

  @Test(arguments: 0..<200)
  func `applying it to the first text gives the second`(_ seed: Int) {
    var random = Generator(state: UInt64(seed))
    let before = lines(&random)
    let after = Bool.random(using: &random) ? lines(&random) : edited(before, &random)
    let diff = LineDiff(
      from: text(before), to: text(after), context: before.count + after.count + 1)
    if before == after {
      #expect(diff.lines.isEmpty)
      return
    }
    let sides = sides(diff)
    #expect(sides.before == before)
    #expect(sides.after == after)
  }

  @Test func `no more lines change than must`() {
    let diff = LineDiff(from: "a\nb\nc\nd\n", to: "a\nc\nd\ne\n", context: 9)
    #expect(diff.lines == [.same("a"), .removed("b"), .same("c"), .same("d"), .added("e")])
  }

  @Test func `equal lines far from a difference are counted`() {
    let before = (1...20).map { "\($0)\n" }.joined()
    let after = before.replacing("10\n", with: "ten\n")
    #expect(
      LineDiff(from: before, to: after, context: 1).lines == [
        .skipped(8), .same("9"), .removed("10"), .added("ten"), .same("11"), .skipped(9),
      ])
  }

  @Test func `bytes count, not what Unicode holds equivalent`() {
    #expect(
      LineDiff(from: "e\u{301}\n", to: "\u{E9}\n").lines
        == [.removed("e\u{301}"), .added("\u{E9}")])
    #expect(
      LineDiff(from: "a\r\nb\r\n", to: "a\nb\r\n").lines
        == [.removed("a\r"), .added("a"), .same("b\r")])
  }

  @Test func `a great difference is told without comparing`() {
    let before = (0..<3000).map { "a\($0)\n" }.joined()
    let after = (0..<3000).map { "b\($0)\n" }.joined()
    #expect(LineDiff(from: before, to: after).lines.count == 6000)
  }

  private func lines(_ random: inout Generator) -> [String] {
    (0..<Int.random(in: 0..<12, using: &random)).map { _ in
      ["a", "b", "c", ""].randomElement(using: &random) ?? ""
    } + ["end"]
  }

  private func edited(_ lines: [String], _ random: inout Generator) -> [String] {
    lines.flatMap { line -> [String] in
      switch Int.random(in: 0..<5, using: &random) {
      case 0: []
      case 1: [line, "new"]
      default: [line]
      }
    } + ["end"]
  }

  private func text(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }
}

/// SplitMix64: equal seeds give equal rows.
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
