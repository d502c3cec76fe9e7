import Diagnostics
import Testing
import YAML

/// One run reports several independent errors, and keeps what is whole.
@Suite struct RecoveryTests {
  private func read(_ text: String) -> (trees: [Tree], errors: [String]) {
    var bag = DiagnosticBag()
    let trees = parseYAML(SourceFile(name: "t", text: text), into: &bag)
    let errors = bag.all.map { error in
      let place = error.span?.position
      return "\(place?.line ?? 0):\(place?.column ?? 0) \(error.id)"
    }
    return (trees, errors)
  }

  @Test func `each broken task is reported and the others are kept`() {
    let (trees, errors) = read(
      """
      - hosts: all
        tasks:
          - name: @one
            debug:
          - name: two
            msg: {{ x }}
            when: true
          - name: "three" x
          - name: four
            a: b: c
      """)
    #expect(
      errors == [
        "3:13 reserved-indicator", "6:12 unquoted-template", "8:21 text-after-quoted",
        "10:11 nested-mapping-on-one-line",
      ])
    let tasks = trees.first?.root.elements.first?["tasks"]
    #expect(tasks?.elements.map { $0["name"]?.text ?? "" } == ["", "two", "three", "four"])
    #expect(tasks?.elements[1]["when"]?.text == "true")
  }

  @Test(arguments: [
    ("a: [1, 2\nb: 3\nc: 'x\nd: 4\n", ["1:4 unclosed-flow", "3:4 unterminated-string"]),
    ("a: 1\n\tb: 2\n\tc: 3\nd: @\n", ["2:1 tab-indentation", "4:4 reserved-indicator"]),
    ("a:1\nb: 2\nc:3\n", ["1:2 missing-space-after-colon", "3:2 missing-space-after-colon"]),
    ("a: 1\na: 2\nb: {x: 1, x: 2}\n", ["2:1 duplicate-key", "3:11 duplicate-key"]),
    ("- a\nb: c\n- d\ne: f\n", ["2:1 key-in-sequence", "4:1 key-in-sequence"]),
    ("a:1\n# c\nb: 2\nc: @\n", ["1:2 missing-space-after-colon", "4:4 reserved-indicator"]),
    ("a:\n  b \"x\"\n  c: d\ne: @\n", ["2:3 missing-colon", "4:4 reserved-indicator"]),
    (
      "a:\n  b:/x\n  # c\n  c: d\ne: @\n",
      ["2:4 missing-space-after-colon", "5:4 reserved-indicator"]
    ),
    ("- a: 1\n  b: 2\n\t- a: 3\n  b: 4\n- @\n", ["3:1 tab-indentation", "5:3 reserved-indicator"]),
    ("&a\nx:1\n# c\nb: *a\n", ["2:2 missing-space-after-colon", "4:4 undefined-alias"]),
    ("a: {b: c]\nd: [e}\n", ["1:9 mismatched-bracket", "2:6 mismatched-bracket"]),
    ("a: \"\\q\"\nb: \"\\xzz\"\n", ["1:5 bad-escape", "2:5 bad-escape"]),
    ("a: *x\nb: *y\n", ["1:4 undefined-alias", "2:4 undefined-alias"]),
    ("a: [a,,b]\nb: {,}\n", ["1:7 empty-flow-item", "2:5 empty-flow-item"]),
    ("--- a: b\n---\n@\n", ["1:6 mapping-on-document-line", "3:1 reserved-indicator"]),
  ])
  func `errors do not hide each other`(_ text: String, _ wanted: [String]) {
    #expect(read(text).errors == wanted)
  }

  @Test(arguments: [
    ("- name: a\n   debug:\n", "2:4 indent-too-deep"),
    ("- name: \"a\"\n   debug:\n", "2:4 indent-too-deep"),
    ("a:\n  b: 1\n c: 2\n", "3:2 indent-matches-no-level"),
    ("a: |\n    x\n  y\nb: 1\n", "3:3 block-scalar-under-indented"),
    ("a: | x\n  y\n", "1:6 block-scalar-header"),
    ("a: >\n    \n  x\n", "2:1 block-scalar-leading-blank"),
    ("key\nother: 1\n", "1:1 missing-colon"), ("a: - b\n", "1:4 block-on-key-line"),
    ("&a - b\n", "1:1 properties-before-indicator"), ("a: &x &y z\n", "1:7 two-anchors"),
    ("a: !x !y z\n", "1:7 two-tags"), ("a: &x *y\n", "1:7 alias-properties"),
    ("a: !e!x y\n", "1:4 unknown-tag-handle"),
    ("%YAML 1.2\na: b\n", "1:1 directive-without-document"),
    ("a: b\n... c\n", "2:5 text-after-document-end"),
    ("a: b #c\nd: \"e\"#f\n", "2:7 missing-space-before-comment"),
    ("[a\n  b: c]", "1:2 multiline-key"),
    ("[a: b\n  c: d]", "2:4 misplaced-colon"), ("[-]\n", "1:2 lone-indicator"),
    ("a: &\n", "1:4 empty-anchor"), ("a: *\n", "1:4 star-starts-alias"),
    ("a: '{{ x }}' y\n", "1:14 text-after-quoted"), ("a: {% if x %}\n", "1:4 unquoted-template"),
    ("[{{ x }}]\n", "1:2 unquoted-template"), ("{{ x }}: 1\n", "1:1 unquoted-template"),
    ("a: b\nc\n", "2:1 missing-colon"), ("a: [b]: c\n", "1:7 nested-mapping-on-one-line"),
    ("-\t[b]: c\n", "1:2 tab-after-indicator"),
    ("a: b\n\u{A0}\u{A0}c: d\n", "2:1 odd-space-in-indentation"),
  ])
  func `a mistake has its name and its place`(_ text: String, _ wanted: String) {
    #expect(read(text).errors.first == wanted)
  }

  @Test(arguments: [
    ("msg: {{ foo }}/bar\n", "msg: \"{{ foo }}/bar\""),
    ("msg: {{ \"a\" }}\n", "msg: '{{ \"a\" }}'"),
    ("a: \"hi\" there\n", "quote the whole value: '\"hi\" there'"),
    ("a: b: c\n", "quote the value: \"b: c\""), ("a: @x\n", "quote the value: \"@x\""),
    ("port:80\nb: 1\n", "port: 80"), ("path /x\nb: 1\n", "path: /x"),
  ])
  func `the help is the corrected text`(_ text: String, _ help: String) {
    var bag = DiagnosticBag()
    _ = parseYAML(SourceFile(name: "t", text: text), into: &bag)
    #expect(bag.all.first?.help == help)
  }

  @Test func `both places of a duplicate key are named`() {
    var bag = DiagnosticBag()
    _ = parseYAML(SourceFile(name: "t", text: "a: 1\nb: 2\n\"a\": 3\n"), into: &bag)
    #expect(bag.all.first?.span?.position == Position(line: 3, column: 1))
    #expect(bag.all.first?.labels.first?.span.position == Position(line: 1, column: 1))
  }

  @Test func `keys that differ in type are not duplicates`() {
    #expect(read("1: a\n\"1\": b\n'2': c\n").errors.isEmpty)
    let many = (0..<20).map { "k\($0): v\n" }.joined()
    #expect(read(many).errors.isEmpty)
    #expect(read(many + "k3: w\n").errors == ["21:1 duplicate-key"])
  }

  @Test func `lines of quoted texts may begin anywhere where that is asked for`() {
    func read(_ text: String) -> [String] {
      var bag = DiagnosticBag()
      let trees = parseYAML(
        SourceFile(name: "t", text: text), quotedLines: .anywhere, into: &bag)
      let text = bag.hasErrors ? nil : trees.first?.root["a"]?.text
      return [text].compactMap(\.self)
        + bag.all.map { "\($0.span?.position.line ?? 0) \($0.severity.rawValue) \($0.id)" }
    }
    let warning = "2 note shallow-quoted-line"
    #expect(read("a: \"x \\\n\ty\"\nb: 1\n") == ["x y", warning])
    #expect(read("a: \"x\ny z\nw\"\nb: 1\n") == ["x y z w", warning])
    #expect(read("a: 'x\n--y=1'\n") == ["x --y=1", warning])
    #expect(read("a: 'x\n  y'\n") == ["x y"])
    // What looks like the next key is one: the quote is not closed.
    #expect(read("a: \"x\nb: \"y\"\n") == ["1 error unterminated-string"])
    #expect(read("a:\n- \"x\n- b: \"y\"\n") == ["2 error unterminated-string"])
  }
}
