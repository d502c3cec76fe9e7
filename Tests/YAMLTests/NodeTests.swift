import Diagnostics
import Testing
import YAML

/// The tree: content, places, merge keys.
@Suite struct NodeTests {
  private func root(_ text: String) throws -> Node {
    var bag = DiagnosticBag()
    let trees = parseYAML(SourceFile(name: "t", text: text), into: &bag)
    #expect(bag.all.isEmpty, "\(bag.all.map(\.message))")
    return try #require(trees.first).root
  }

  /// The written text of a range of the content.
  private func written(_ node: Node, _ part: String) -> String? {
    guard let range = node.text.range(of: part) else { return nil }
    let span = node.span(ofContent: range)
    return String(decoding: span.file.bytes[span.start..<span.end], as: UTF8.self)
  }

  @Test(arguments: [
    ("a b", "b", "b"), ("'it''s {{ x }} y'", "{{ x }}", "{{ x }}"),
    ("\"a\\tb {{ x }}\"", "{{ x }}", "{{ x }}"), ("\"a\\tb\"", "\t", "\\"),
    ("|\n  one\n  two {{ x }}\n", "{{ x }}", "{{ x }}"),
    (">\n  one\n  two {{ x }}\n", "{{ x }}", "{{ x }}"),
    ("plain\n  over {{ x }}\n  lines", "{{ x }}", "{{ x }}"),
    ("\"one\n  two {{ x }}\"", "two {{", "two {{"), ("\"a\\\n  b {{ x }}\"", "{{", "{{"),
  ])
  func `a part of the content is found in the file`(
    _ text: String, _ part: String, _ wanted: String
  ) throws {
    #expect(written(try root(text), part) == wanted)
  }

  @Test func `places of nodes`() throws {
    let root = try root("a: !x &n\n  - \"b\"\n  - {c: d}\ne: *n\n")
    func place(_ node: Node?) -> String? { node.map { String($0.span.location.dropFirst(2)) } }
    #expect(place(root) == "1:1")
    #expect(place(root["a"]) == "2:3")
    #expect(place(root["a"]?.elements[0]) == "2:5")
    #expect(place(root["a"]?.elements[1]["c"]) == "3:9")
    #expect(place(root["e"]) == "4:4")
    #expect(root["e"]?.elements.count == 2)
    #expect(root["e"]?.tag == "!x")
    #expect(root["e"]?.isAlias == true)
  }

  @Test func `columns are characters and a byte order mark has none`() throws {
    let node = try root("\u{FEFF}\"ä\": ü x\n")
    #expect(node.span.position == Position(line: 1, column: 1))
    #expect(node["ä"]?.span.position == Position(line: 1, column: 6))
    #expect(node["ä"]?.text == "ü x")
  }

  @Test(arguments: [
    ("<<: *a\nx: 9\n", ["x=9", "y=2"]), ("x: 9\n<<: *a\n", ["x=9", "y=2"]),
    ("<<: [*a, *b]\n", ["x=1", "y=2", "z=4"]), ("<<: [*b, *a]\n", ["y=3", "z=4", "x=1"]),
    ("<<: *c\n", ["x=5", "y=2"]), ("\"<<\": *a\n", ["<<="]),
    ("<<: {q: 1}\nr: 2\n", ["q=1", "r=2"]),
  ])
  func `merge keys are resolved`(_ text: String, _ wanted: [String]) throws {
    let anchors = "- &a {x: 1, y: 2}\n- &b {y: 3, z: 4}\n- &c {<<: *a, x: 5}\n- \n"
    let body = text.split(separator: "\n").map { "  \($0)\n" }.joined()
    let merged = try #require(try root(anchors + body).elements.last)
    #expect(Set(merged.pairs.map { "\($0.key.text)=\($0.value.text)" }) == Set(wanted))
    #expect(merged.pairs.count == wanted.count)
    for (key, value) in merged.pairs { #expect(merged[key.text] == value) }
  }

  @Test func `what is merged stands before the rest, the last mapping first`() throws {
    let text = "- &a {x: 1, y: 2}\n- &b {y: 3, z: 4}\n- {q: 0, <<: [*a, *b], z: 9}\n"
    let merged = try #require(try root(text).elements.last)
    let pairs = merged.pairs.map { "\($0.key.text)=\($0.value.text)" }
    #expect(pairs == ["y=2", "z=9", "x=1", "q=0"])
  }

  @Test(arguments: [
    ("a: |+\n  x\n\n\nb: 1", "x\n\n\n"), ("a: |-\n  x\n\nb: 1", "x"), ("a: |\n  x\n\nb: 1", "x\n"),
    ("a: |2\n   x\n", " x\n"), ("a: >\n  x\n  y\n\n  z\n    w\n  v\n", "x y\nz\n  w\nv\n"),
    ("a: \"x\\\n   y\"", "xy"), ("a: \"x  \n\n  y\"", "x\ny"), ("a: '\n  x'", " x"),
    ("a: \"\\ud83d\\ude00\\u00e4\\x41\"", "😀äA"), ("a: x\r\n  y\r\n", "x y"),
    ("a: |\r\n  x\r\n", "x\n"),
    ("a: \"x\\ \n  y\"", "x  y"), ("a: |\n  x", "x\n"),
  ])
  func `scalars are folded and unescaped`(_ text: String, _ wanted: String) throws {
    #expect(try root(text)["a"]?.text == wanted)
  }

  @Test func `a template is noticed in every style`() throws {
    let node = try root(
      "- a {{ b }}\n- '{% x %}'\n- \"{# #}\"\n- |\n  {{ a }}\n- a {b}\n- x\n  {{ y }}\n")
    #expect(node.elements.map(\.hasTemplate) == [true, true, true, true, false, true])
  }

  @Test(arguments: [
    ("", 0), ("# only\n", 0), ("---\n", 1), ("a\n---\nb\n...\n---\nc\n", 3), ("---\n---\n", 2),
    ("a\n...\n...\nb\n", 2), ("\u{FEFF}a\n---\n\u{FEFF}b: c\n", 2),
  ])
  func `documents of a stream`(_ text: String, _ count: Int) {
    var bag = DiagnosticBag()
    #expect(parseYAML(SourceFile(name: "t", text: text), into: &bag).count == count)
  }

  @Test func `a closing bracket may stand as deep as its key`() throws {
    #expect(try root("a: [\n  1,\n  2\n]\nb: {\n  c: d\n}\n")["b"]?["c"]?.text == "d")
  }
}

extension String {
  /// The first place of a text, in UTF-8 bytes.
  fileprivate func range(of part: String) -> Range<Int>? {
    let (all, wanted) = (Array(utf8), Array(part.utf8))
    guard all.count >= wanted.count else { return nil }
    for start in 0...all.count - wanted.count
    where all[start..<start + wanted.count].elementsEqual(wanted) {
      return start..<start + wanted.count
    }
    return nil
  }
}
