import Diagnostics
import Testing

/// Lines, columns and suggestions.
@Suite struct SourceFileTests {
  @Test(arguments: [
    ("a\nb", 2, 2, 1), ("a\r\nb", 3, 2, 1), ("a\rb", 2, 2, 1), ("ä\u{1F600}x", 6, 1, 3),
    ("\u{FEFF}x", 3, 1, 1), ("a", 99, 1, 2), ("", 0, 1, 1), ("a\n", 2, 2, 1),
  ])
  func `an offset has a line and a column`(
    _ text: String, _ offset: Int, _ line: Int, _ column: Int
  ) {
    let file = SourceFile(name: "t", text: text)
    #expect(file.position(at: offset) == Position(line: line, column: column))
  }

  @Test func `lines are cut at every kind of break`() {
    let file = SourceFile(name: "t", text: "\u{FEFF}a\nb\r\nc\rd")
    #expect((1...5).map { file.text(ofLine: $0) } == ["a", "b", "c", "d", ""])
    #expect(file.lineCount == 4)
    #expect(file.offset(ofLine: 3) == 8)
  }

  private static let words: [(String, [String], String?)] = [
    ("wen", ["when", "with"], "when"), ("debg", ["debug", "file"], "debug"),
    ("Hosts", ["hosts"], "hosts"), ("nmae", ["name"], "name"), ("x", ["y"], nil),
    ("become_usr", ["become_user", "become"], "become_user"), ("copy", ["template"], nil),
    ("", ["a"], nil), ("same", ["same"], nil),
  ]

  @Test(arguments: words)
  func `a misspelt word is recognised`(_ word: String, _ known: [String], _ wanted: String?) {
    #expect(suggestion(for: word, among: known) == wanted)
  }
}
