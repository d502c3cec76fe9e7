import Diagnostics
import Testing
import YAML

/// Bytes that are no text, and texts that are odd.
@Suite struct InputTests {
  private func errors(_ bytes: [UInt8]) -> [Diagnostic] {
    var bag = DiagnosticBag()
    _ = parseYAML(SourceFile(name: "t", bytes: bytes), into: &bag)
    return bag.all
  }

  @Test(
    arguments: [
      ([0x61, 0x3A, 0x20, 0xE4, 0x0A], "invalid-utf8", 4), ([0x61, 0xC3], "invalid-utf8", 2),
      ([0xC0, 0x80], "invalid-utf8", 1), ([0xED, 0xA0, 0x80], "invalid-utf8", 1),
      ([0xF4, 0x90, 0x80, 0x80], "invalid-utf8", 1),
      ([0x61, 0x00, 0x62, 0x63], "control-character", 2),
      ([0x61, 0x1B], "control-character", 2), ([0x61, 0x7F], "control-character", 2),
      ([0x61, 0xC2, 0x9F], "control-character", 2),
      ([0x61, 0xEF, 0xBB, 0xBF], "control-character", 2),
      ([0xFF, 0xFE, 0x61, 0x00], "utf16", 1), ([0xFE, 0xFF, 0x00, 0x61], "utf16", 1),
      ([0x00, 0x00, 0xFE, 0xFF], "utf32", 1), ([0xFF, 0xFE, 0x00, 0x00], "utf32", 1),
      ([0x61, 0x00, 0x3A, 0x00], "utf16", 1),
    ] as [([UInt8], String, Int)])
  func `bytes that are refused`(_ bytes: [UInt8], _ id: String, _ column: Int) {
    let errors = errors(bytes)
    #expect(errors.map(\.id) == [id])
    #expect(errors.first?.span?.position == Position(line: 1, column: column))
    #expect(errors.first?.help != nil)
  }

  @Test func `Latin-1 is recognised`() {
    let notes = errors([0x61, 0x3A, 0x20, 0xE4, 0x0A]).first?.notes
    #expect(notes == ["byte 3 of the file", "it looks like Latin-1: ä"])
  }

  @Test(arguments: ["\"\u{7F}\u{9F}\u{FEFF}\"", "'\u{7F}'", "\u{85}", "a\u{E000}😀", "\u{FEFF}a"])
  func `characters that are allowed`(_ text: String) {
    #expect(errors(Array(text.utf8)).isEmpty)
  }

  /// A generator of the same numbers in every run (SplitMix64).
  private struct Numbers: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var value = state
      value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
      return value ^ (value >> 31)
    }
  }

  private static let pieces = [
    ": ", "- ", "? ", "\n", " ", "\t", "&a ", "!t ", "*a", "[", "]", "{", "}", ",", "\"", "'",
    "|\n", ">-\n",
    "|2\n", "#", " # c", "---\n", "...\n", "%YAML 1.2\n", ":", "-", "\\", "a", "b: c\n", "  ",
    "\r\n", "ä",
    "{{ x }}", "<<: *a\n", "\\u00", "\u{A0}", "1", "!<x> ", "\n  ", "\n- ",
  ]

  @Test(arguments: 0..<20)
  func `no text brings the parser down`(_ seed: UInt64) {
    var numbers = Numbers(state: seed)
    for _ in 0..<200 {
      let count = Int.random(in: 1...40, using: &numbers)
      let text = (0..<count).map { _ in Self.pieces.randomElement(using: &numbers) ?? "" }.joined()
      let file = SourceFile(name: "t", text: text)
      var bag = DiagnosticBag()
      let trees = parseYAML(file, into: &bag)
      for tree in trees { visit(tree.root) }
      let rendered = DiagnosticRenderer().render(bag.all + lintYAML(trees))
      #expect(bag.all.isEmpty || !rendered.isEmpty)
      if (try? yamlEvents(file)) == nil { #expect(bag.hasErrors, "\(text.debugDescription)") }
    }
  }

  @Test(arguments: 0..<10)
  func `no bytes bring the parser down`(_ seed: UInt64) {
    var numbers = Numbers(state: seed)
    for _ in 0..<200 {
      let bytes = (0..<Int.random(in: 1...30, using: &numbers)).map { _ in
        UInt8.random(in: 0...255, using: &numbers)
      }
      _ = DiagnosticRenderer().render(errors(bytes))
    }
  }

  private func visit(_ node: Node) {
    let size = node.text.utf8.count
    let span = node.span(ofContent: size / 2..<size)
    #expect(span.start <= span.end && span.end <= span.file.bytes.count)
    _ = node.resolved(.ansible)
    for element in node.elements { visit(element) }
    for (key, value) in node.pairs {
      visit(key)
      visit(value)
    }
  }
}
