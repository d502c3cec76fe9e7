import Diagnostics
import Testing

/// Diagnostics as text.
@Suite struct DiagnosticRendererTests {
  private func span(_ file: SourceFile, _ part: String, length: Int? = nil) -> Span {
    let (bytes, wanted) = (file.bytes, Array(part.utf8))
    let start =
      bytes.indices.first { bytes[$0...].starts(with: wanted) } ?? 0
    return Span(file, start..<start + (length ?? wanted.count))
  }

  private let site = SourceFile(
    name: "site.yml", text: "- hosts: all\n  tasks:\n    - name: a\n      wen: true\n")

  @Test func `a line for grep, the source, carets and help`() {
    let diagnostic = Diagnostic(
      .error, "unknown-key", "`wen` is no key of a task", at: span(site, "wen"),
      underline: "did you mean `when`?", notes: ["a task has many keys"], help: "when: true",
      path: "plays[0].tasks[0]")
    #expect(
      DiagnosticRenderer().render(diagnostic) == """
        site.yml:4:7: error[unknown-key]: `wen` is no key of a task
          |
        4 |       wen: true
          |       ^^^ did you mean `when`?
          = note: a task has many keys
          = path: plays[0].tasks[0]
          = help: when: true
        """)
  }

  @Test func `labels on other lines and in other files`() {
    let other = SourceFile(name: "vars.yml", text: "a: 1\nwen: 2\n")
    let diagnostic = Diagnostic(
      .warning, "x", "y", at: span(site, "wen"),
      labels: [
        Diagnostic.Label(span(site, "hosts"), "the play"),
        Diagnostic.Label(span(other, "wen"), "here too"),
      ], help: "one\ntwo")
    #expect(
      DiagnosticRenderer().render(diagnostic) == """
        site.yml:4:7: warning[x]: y
          |
        1 | - hosts: all
          |   ----- the play
        ...
        4 |       wen: true
          |       ^^^
        --> vars.yml:2:1
          |
        2 | wen: 2
          | --- here too
          = help: one
                  two
        """)
  }

  @Test(arguments: [
    ("\tx: y", "x", "    x: y", "    ^"), ("x:\ty", "\t", "x:→ y", "  ^^"),
    ("名前: x", "x", "名前: x", "      ^"),
    ("名前: x", "前", "名前: x", "  ^^"), ("e\u{301}: x", "x", "e\u{301}: x", "   ^"),
    ("a\u{1B}[31mb", "b", "a\u{FFFD}[31mb", "      ^"), ("a\u{202E}b", "b", "a\u{FFFD}b", "  ^"),
    ("😀 x", "x", "😀 x", "   ^"), ("x", "", "x", "^"),
  ])
  func `carets stand below what they mean`(
    _ text: String, _ part: String, _ shown: String, _ carets: String
  ) {
    let file = SourceFile(name: "t", text: text)
    let lines = DiagnosticRenderer().render(
      Diagnostic(.error, "x", "y", at: span(file, part))
    ).split(separator: "\n")
    #expect(lines[2] == "1 | " + shown)
    #expect(lines[3] == "  | " + carets)
  }

  @Test func `a span over several lines is shown on its first`() {
    let file = SourceFile(name: "t", text: "one two\nthree\n")
    let lines = DiagnosticRenderer().render(
      Diagnostic(.error, "x", "y", at: Span(file, 4..<12))
    ).split(separator: "\n")
    #expect(lines[3] == "  |     ^^^")
  }

  @Test func `the end of the file is a place`() {
    let file = SourceFile(name: "t", text: "a\n")
    let text = DiagnosticRenderer().render(Diagnostic(.error, "x", "y", at: Span(file, 2..<2)))
    #expect(text == "t:2:1: error[x]: y\n  |\n2 |\n  | ^")
  }

  @Test func `of a long line the part around the place is shown`() {
    let file = SourceFile(
      name: "t",
      text: String(repeating: "a", count: 5000) + "X" + String(repeating: "b", count: 5000))
    let lines = DiagnosticRenderer().render(
      Diagnostic(.error, "x", "y", at: span(file, "X"))
    ).split(separator: "\n").map { Array($0) }
    #expect(lines[2].count < 200)
    #expect(lines[2][5 - 1] == "…")
    let caret = lines[3].firstIndex(of: "^")
    #expect(caret.map { lines[2][$0] } == "X")
  }

  @Test func `without a place there is no source`() {
    let diagnostic = Diagnostic(.error, "no-file", "there is no file `x`", help: "create it")
    #expect(
      DiagnosticRenderer().render(diagnostic)
        == "error[no-file]: there is no file `x`\n  = help: create it")
    #expect(
      DiagnosticRenderer().compact(diagnostic) == "error[no-file]: there is no file `x` (create it)"
    )
  }

  @Test func `no text can give orders to a terminal`() {
    let evil = "a\u{1B}[2Jb\u{7}\u{202E}"
    let text = DiagnosticRenderer().render(
      Diagnostic(
        .error, "x", evil, at: span(site, "wen"), underline: evil, notes: [evil], help: evil,
        path: evil))
    #expect(!text.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{7}" || $0 == "\u{202E}" })
    #expect(text.contains("a\u{FFFD}[2Jb"))
  }

  @Test func `colour changes nothing but colour`() {
    let diagnostic = Diagnostic(
      .error, "x", "y", at: span(site, "wen"), underline: "u", notes: ["n"], help: "h")
    let coloured = DiagnosticRenderer(color: true).render(diagnostic)
    #expect(coloured.contains("\u{1B}[1;31merror[x]\u{1B}[0m"))
    var plain = ""
    var isEscape = false
    for character in coloured.unicodeScalars {
      if character == "\u{1B}" { isEscape = true }
      if !isEscape { plain.unicodeScalars.append(character) }
      if character == "m" { isEscape = false }
    }
    #expect(plain == DiagnosticRenderer().render(diagnostic))
  }
}
