import Diagnostics
import Schema
import Testing
import YAML

/// The value of a YAML text, and the errors on the way.
private func value(_ text: String, trusted: Bool = true) -> (value: Value?, errors: [Diagnostic]) {
  var bag = DiagnosticBag()
  let trees = parseYAML(SourceFile(name: "v.yml", text: text), into: &bag)
  let value = trees.first.map { Value($0.root, trusted: trusted, into: &bag) }
  return (value, bag.all)
}

@Suite struct ValueFromYAMLTests {
  @Test(arguments: [
    ("~", Value.null), ("yes", .bool(true)), ("Off", .bool(false)), ("y", .string("y")),
    ("0644", .int(420)), ("0o644", .string("0o644")), ("1_000", .int(1000)),
    ("12:30", .string("12:30")), ("1.10", .float(1.1)), ("1e3", .string("1e3")),
    ("2024-01-01", .string("2024-01-01")), ("\"yes\"", .string("yes")), ("'1'", .string("1")),
    ("!!str yes", .string("yes")), ("! 12", .string("12")), ("!!int \"7\"", .int(7)),
    ("[1, a]", .list([.int(1), .string("a")])), ("{a: 1}", .dict(["a": .int(1)])),
    ("- |\n  a\n  b\n", .list([.string("a\nb\n")])),
  ])
  func `a node becomes the value Ansible users expect`(_ text: String, _ wanted: Value) {
    let (value, errors) = value(text)
    #expect(value == wanted)
    #expect(errors.isEmpty)
  }

  @Test(arguments: [
    ("123456789012345678901234567890", "123456789012345678901234567890"),
    ("-0xffffffffffffffffffff", "-1208925819614629174706175"),
    ("9223372036854775808", "9223372036854775808"),
  ])
  func `an integer has any size`(_ text: String, _ digits: String) {
    guard case .bigInt(let found)? = value(text).value else {
      Issue.record("not an integer beyond the range of Int")
      return
    }
    #expect("\(found)" == digits)
  }

  @Test(arguments: [
    ("\"{{ a }}\"", true, true), ("\"{{ a }}\"", false, false), ("a {% if x %}", true, true),
    ("!unsafe \"{{ a }}\"", true, false), ("plain", true, false), ("|\n  {{ a }}\n", true, true),
    ("x{# c #}", true, true),
  ])
  func `a trusted text with a template is marked`(_ text: String, _ trusted: Bool, _ marked: Bool) {
    guard case .text(let found)? = value(text, trusted: trusted).value else {
      Issue.record("no text")
      return
    }
    #expect(found.marks.contains(.template) == marked)
  }

  @Test func `unsafe reaches into collections, and keys are never templates`() {
    #expect(value("!unsafe {\"{{ k }}\": [\"{{ a }}\"]}").value?.deepMarks == [])
    #expect(value("{\"{{ k }}\": 1}").value?.deepMarks == [])
    #expect(value("{k: [\"{{ a }}\"]}").value?.deepMarks == .template)
  }

  @Test func `merge keys are resolved, what is merged first`() throws {
    let (found, errors) = value("b: &b {x: 1, y: 2}\nd:\n  y: 3\n  <<: *b\n  z: 4\n")
    #expect(errors.isEmpty)
    let merged = try #require(found?["d"]?.dict)
    #expect(merged.keys == [.string("x"), .string("y"), .string("z")])
    #expect(merged["y"] == .int(3))
  }

  @Test(arguments: [
    ("q: !important x", "unknown-tag", 1, 4), ("q: !vualt x", "unknown-tag", 1, 4),
    ("- !vault [a]", "tag-mismatch", 1, 3),
    ("- !!int abc", "tag-mismatch", 1, 3), ("- !!seq {a: 1}", "tag-mismatch", 1, 3),
    ("? [a, b]\n: c\n", "complex-key", 1, 3),
  ])
  func `a problem has its place`(_ text: String, _ id: String, _ line: Int, _ column: Int) {
    let errors = value(text).errors
    #expect(errors.map(\.id) == [id])
    #expect(errors.first?.span?.position == Position(line: line, column: column))
  }

  @Test func `an encrypted value stays closed, and is a secret`() {
    let (found, errors) = value("- !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  00 {{ x }}\n")
    #expect(errors.isEmpty)
    #expect(found?.deepMarks == [.secret, .encrypted])
  }

  @Test func `scalars of an encrypted file are secret, keys are not`() throws {
    var bag = DiagnosticBag()
    let file = SourceFile(
      name: "v.yml", bytes: Array("a: {b: text, pin: 48151623, n: 5, t: \"{{ x }}\"}".utf8),
      isSecret: true)
    let node = try #require(parseYAML(file, into: &bag).first?.root)
    let map = try #require(Value(node, trusted: true)["a"]?.dict)
    #expect(map.keys.allSatisfy { $0.deepMarks.isEmpty })
    #expect(map["b"]?.deepMarks == .secret)
    #expect(map["t"]?.deepMarks == [.secret, .template])
    #expect(map["pin"]?.deepMarks == .secret)
    #expect(map["n"]?.deepMarks == [])
  }

  @Test func `an unknown tag names the known ones and the nearest`() {
    let error = value("q: !vualt x").errors.first
    #expect(error?.underline == "did you mean `!vault`?")
    #expect(error?.notes.first?.contains("!unsafe, !vault, !!str") == true)
  }
}
