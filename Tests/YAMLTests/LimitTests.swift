import Diagnostics
import Testing
import YAML

/// Hostile and huge inputs: refused by name, and without work that grows faster than the text.
@Suite struct LimitTests {
  private func errors(_ text: String, _ change: (inout Limits) -> Void = { _ in }) -> [Diagnostic] {
    var limits = Limits()
    change(&limits)
    var bag = DiagnosticBag()
    _ = parseYAML(SourceFile(name: "t", text: text), limits: limits, into: &bag)
    return bag.all
  }

  @Test(arguments: [
    String(repeating: "[", count: 20_000), String(repeating: "{a: ", count: 20_000),
    String(repeating: "- ", count: 3_000) + "x", String(repeating: "? ", count: 3_000) + "x",
    String(repeating: "[", count: 20_000) + String(repeating: "]", count: 20_000),
    (0..<3_000).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
  ])
  func `depth is limited`(_ text: String) {
    let errors = errors(text)
    #expect(errors.map(\.id) == ["depth-limit"])
    #expect(errors.first?.help?.contains("yaml.depth") == true)
  }

  @Test func `the limit of depth is exact`() {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(errors(nested(8)) { $0.depth = 8 }.isEmpty)
    #expect(errors(nested(9)) { $0.depth = 8 }.map(\.id) == ["depth-limit"])
  }

  @Test func `an alias bomb is refused and leaves no tree`() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      let references = [String](repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(references)]\n"
    }
    var bag = DiagnosticBag()
    let trees = parseYAML(SourceFile(name: "bomb", text: text), into: &bag)
    #expect(trees.isEmpty)
    #expect(bag.all.map(\.id) == ["alias-limit"])
    #expect(bag.all.first?.help?.contains("yaml.alias-nodes") == true)
  }

  @Test func `aliases count for depth`() {
    var text = "a0: &a0 [x]\n"
    for level in 1...20 { text += "a\(level): &a\(level) [*a\(level - 1)]\n" }
    #expect(errors(text) { $0.depth = 25 }.isEmpty)
    #expect(errors(text) { $0.depth = 15 }.map(\.id) == ["depth-limit"])
  }

  @Test func `ordinary sharing is free`() {
    let hosts = (0..<2_000).map { "h\($0): *common\n" }.joined()
    #expect(errors("x: &common {a: 1, b: [1, 2, 3]}\n" + hosts).isEmpty)
  }

  @Test func `an anchor cannot contain itself`() {
    #expect(errors("&a [*a]").map(\.id) == ["self-containing-anchor"])
    #expect(errors("a: &x\n  b: *x\n").map(\.id) == ["self-containing-anchor"])
    #expect(errors("- &a x\n- &a [*a]\n").map(\.id) == ["self-containing-anchor"])
  }

  @Test func `sizes are limited by name`() {
    #expect(errors("abc: def") { $0.bytes = 5 }.first?.help?.contains("yaml.bytes") == true)
    let long = errors("a: bbbbbbbbbb") { $0.scalarBytes = 5 }.first
    #expect(long?.id == "scalar-limit")
    #expect(long?.help?.contains("yaml.scalar-bytes") == true)
    let keys = errors("a: 1\nb: 2\nc: 3\n") { $0.keys = 2 }.first
    #expect(keys?.id == "keys-limit")
    #expect(keys?.help?.contains("yaml.keys") == true)
  }

  @Test func `errors are limited`() {
    let text = (0..<100).map { "k\($0): @x\n" }.joined()
    #expect(errors(text) { $0.errors = 7 }.count == 7)
    #expect(errors(String(repeating: "a: 1\n", count: 5_000)).count == 20)
  }

  @Test func `a million bytes of flow on one line are one list`() {
    let text = "[" + String(repeating: "a, ", count: 350_000) + "]"
    var bag = DiagnosticBag()
    let trees = parseYAML(SourceFile(name: "t", text: text), into: &bag)
    #expect(bag.all.isEmpty)
    #expect(trees.first?.root.count == 350_000)
  }

  @Test func `a help does not repeat a line of absurd length`() {
    let error = errors("a: @" + String(repeating: "x", count: 100_000)).first
    #expect((error?.help?.count ?? .max) < 500)
  }

  @Test func `a key may have 1024 characters`() {
    #expect(errors(String(repeating: "k", count: 1024) + ": v").isEmpty)
    #expect(errors(String(repeating: "ä", count: 1024) + ": v").isEmpty)
    #expect(errors(String(repeating: "k", count: 1025) + ": v").map(\.id) == ["key-too-long"])
  }
}
