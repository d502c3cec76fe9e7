import Diagnostics
import Schema
import Testing

@testable import Model

@Suite struct InventoryFormatTests {
  /// What is wrong with an INI file, as lines.
  private func problems(_ text: String) -> [String] {
    readInventory(["hosts.ini": text], sources: ["hosts.ini"]).1.map(line)
  }

  @Test(arguments: [
    ("[web", "hosts.ini:1:1 host-range: `[web`: the bracket is not closed"),
    ("w[1]", "hosts.ini:1:1 host-range: `w[1]`: a range is"),
    ("[a b]", "hosts.ini:1:1 ini-section: this is no section"),
    ("[web] ; x", "hosts.ini:1:1 ini-section: this is no section"),
    ("[web:var]", "hosts.ini:1:6 ini-section: there is no kind of section `var`"),
    ("[a]\n[a:children]\nb", "hosts.ini:3:1 unknown-group: there is no group `b`"),
    (
      "[web]\n[wbe:vars]\nx=1",
      "hosts.ini:2:2 unknown-group: there are variables for a group `wbe` that nothing declares"
    ),
    ("[a:children]\nb c\n", "hosts.ini:2:1 ini-child: "),
    ("[a:children]\nb\n[b:children]\na\n", "hosts.ini:4:1 group-cycle: "),
    ("[a]\n[a:vars]\nnothing", "hosts.ini:3:1 ini-variable: a line of `[a:vars]` is `name=value`"),
    ("a x", "hosts.ini:1:3 ini-variable: what follows a host is `name=value`, found `x`"),
    ("a x=1 ; later", "hosts.ini:1:7 ini-variable: "),
    ("  a x='1", "hosts.ini:1:7 ini-quote: the quote is not closed"),
    ("a x=1\\", "hosts.ini:1:6 ini-quote: nothing follows the backslash"),
    ("a x-y=1", "hosts.ini:1:3 variable-name: `x-y` cannot be the name of a variable"),
    ("[a:vars]\n[a]\n", ""),
    ("all:", "hosts.ini:1:1 ini-host: `all:` ends with a colon and has no port"),
    ("w[3:1]", "hosts.ini:1:1 host-range: `w[3:1]`: the range ends before it begins"),
    ("主机 x={{ a | }}", "hosts.ini:1:6 template-syntax: "),
    ("[a]\nh\n[a:vars]\nansible_group_priority=x", "hosts.ini:4:24 wrong-type: "),
  ])
  func `a mistake in an INI file has its place`(text: String, expected: String) {
    let found = problems(text)
    #expect(found.count == (expected.isEmpty ? 0 : max(1, found.count)))
    #expect(found.contains { $0.hasPrefix(expected) } || expected.isEmpty, "\(found)")
  }

  @Test func `all mistakes of an INI file are reported`() {
    let found = problems("a x\n[b:kind]\nskipped line\n[c]\nd y=1 z\n[e:children]\nf\n")
    #expect(found.count == 4, "\(found)")
  }

  @Test func `a line that is not UTF-8 is reported unless it is a comment`() {
    var bag = DiagnosticBag()
    let bytes: [UInt8] = Array("# ".utf8) + [0xD6, 0xD0, 0x0A] + Array("h x=".utf8) + [0xD6, 0xD0]
    let disk = ControllerDisk(
      read: { _ throws(ControllerDisk.Failure) in bytes }, kind: { $0 == "h" ? .file : nil },
      names: { _ in [] })
    _ = InventoryLoader(disk: disk).load(sources: ["h"], into: &bag)
    #expect(bag.all.map(line) == ["h:2:1 not-utf8: this line is not UTF-8"])
  }

  @Test(arguments: [
    ("hosts", "[web]\na\n", "web"), ("hosts", "web: {hosts: {a: }}\n", "web"),
    ("hosts", "a\nb\n", "ungrouped"), ("hosts.yml", "[web]\na\n", "web"),
    ("site", "# c\n---\nweb: {hosts: {a: }}\n", "web"), ("hosts.conf", "[web]\na\n", "web"),
    ("hosts.json", "{\"web\": {\"hosts\": {\"a\": {}}}}", "web"),
    ("hosts", "[web]\na x='{{ y }}'\n", "web"),
  ])
  func `the kind of a file is told by name and content`(
    name: String, text: String, group: String
  ) {
    let (inventory, found) = readInventory([name: text], sources: [name])
    #expect(found.isEmpty, "\(found)")
    #expect(inventory.group(named: group)?.directHosts.first == "a")
  }

  @Test(arguments: [
    ("hosts.toml", "a = 1", "not-supported: inventories in TOML are not supported: `hosts.toml`"),
    ("hosts.yml", "web: [", "hosts.yml:1:6 "), ("hosts", "web:\n  hosts: [", "hosts:2:"),
    (
      "inv.py", "#!/bin/sh\n", "inv.py:1:1 not-executable: this is a program, and nobody may run it"
    ),
    ("hosts.yml", "a: \n---\nb: \n", "hosts.yml:3:1 several-documents: "),
  ])
  func `what is no inventory is named`(name: String, text: String, expected: String) {
    let found = readInventory([name: text], sources: [name]).1.map(line)
    #expect(found.first?.hasPrefix(expected) == true, "\(found)")
  }

  // MARK: Programs

  /// The inventory of a program that answers `--list` with a text.
  private func run(
    _ output: String, errors: String = "", status: Int32 = 0
  ) -> (Inventory, [Diagnostic]) {
    var bag = DiagnosticBag()
    let disk = ControllerDisk.memory(
      ["inv": "#!/bin/sh\n"],
      programs: [
        "inv": { arguments in
          ControllerProgram.Outcome(
            output: Array((arguments == ["--list"] ? output : "").utf8),
            errors: Array(errors.utf8), status: status)
        }
      ])
    return (InventoryLoader(disk: disk).load(sources: ["inv"], into: &bag), bag.all)
  }

  @Test(arguments: [
    ("", "inv --list:1:1 inventory-program: `inv --list` prints no JSON: a value is missing"),
    ("{\"a\": }", "inv --list:1:7 inventory-program: `inv --list` prints no JSON: "),
    ("[]", "inv --list:1:1 wrong-type: the output of an inventory program is an object"),
    ("{\"a\": 1}", "inv --list:1:7 wrong-type: the group `a` is an object"),
    ("{\"a\": {\"x\": 1}}", "inv --list:1:7 unknown-key: the group `a` has neither"),
    ("{\"a\": {\"hosts\": \"x\"}}", "inv --list:1:17 wrong-type: `hosts` of the group `a`"),
    ("{\"a\": {\"hosts\": [1]}}", "inv --list:1:18 wrong-type: a name in `hosts` is a text"),
    ("{\"a\": {\"vars\": {\"x-y\": 1}}}", "inv --list:1:17 variable-name: "),
    ("{\"_meta\": {\"hostvars\": {\"h\": {}}}}", "inv --list:1:25 warning host-without-group: "),
    ("{\"_meta\": {\"x\": {}}}", "inv --list:1:11 wrong-type: `_meta` is an object with"),
    ("{\"a\": {\"children\": [\"a\"]}}", "inv --list:1:21 group-cycle: "),
  ])
  func `a mistake in the output of a program has its place`(output: String, expected: String) {
    let found = run(output).1.map(line)
    #expect(found.first?.hasPrefix(expected) == true, "\(found)")
  }

  @Test func `a program that fails says what it said`() {
    let found = run("{}", errors: "no credentials\n", status: 3).1
    #expect(found.map(line) == ["inventory-program: `inv --list` ended with status 3"])
    #expect(found.first?.notes == ["it said: no credentials"])
  }

  @Test func `a program is run with a deadline`() throws {
    let start = ContinuousClock.now
    #expect(throws: ControllerProgram.Failure.deadline) {
      try ControllerProgram.run(
        ["/bin/sh", "-c", "sleep 60 & sleep 60"], deadline: .milliseconds(300))
    }
    #expect(ContinuousClock.now - start < .seconds(10))
    let said = try ControllerProgram.run(
      ["/bin/sh", "-c", "cat; echo out; echo err >&2; kill -9 $$"], deadline: .seconds(20))
    #expect(said.output == Array("out\n".utf8) && said.errors == Array("err\n".utf8))
    #expect(said.status == 137)
    #expect(throws: ControllerProgram.Failure.self) {
      try ControllerProgram.run(["/nonexistent"], deadline: .seconds(1))
    }
  }

  // MARK: Words and literals

  @Test(arguments: [
    ("a 'b c' d\\ e", ["a", "b c", "d e"]), ("a#b c", ["a"]), ("x='a'\"b\"c", ["x=abc"]),
    ("'' \"\"", ["", ""]), ("\"a\\\"b\\c\\\\\"", ["a\"b\\c\\"]), ("'a\\'", ["a\\"]),
  ])
  func `a host's line is split like a shell's`(text: String, words: [String]) throws {
    #expect(try ShellWord.split(text[...]).map(\.text) == words)
  }

  @Test(
    arguments: [
      ("1", .int(1)), (" 1 ", .int(1)), ("-0", .int(0)), ("--1", nil), ("1 2", nil), ("0x", nil),
      ("0b2", nil), ("1e5", .float(100_000)), ("1_0.0_1", .float(10.01)), ("1.e2", .float(100)),
      ("0_0", .int(0)), ("007", nil), ("1.2.3", nil), ("1..", nil), ("- 5", .int(-5)),
      ("'a' 1", nil),
      ("'''a'b'''", .string("a'b")), ("'a", nil), ("f'a'", nil), ("b'\\xff'", nil),
      ("'\\u4e2d'", .string("中")), ("'\\N{DASH}'", nil),
      (
        "[1, [2, (3,)], {}]",
        .list([.int(1), .list([.int(2), .list([.int(3)])]), .dict(ValueMap())])
      ),
      ("True", .bool(true)),
      ("true", nil), ("", nil), ("{{ x }}", nil), ("{'a'}", .list([.string("a")])),
      ("[1,]", .list([.int(1)])),
      ("[,]", nil), ("(,)", nil), ("{1: 2, 3}", nil), ("...", .string("...")), ("None", .null),
      ("1 # c", .int(1)), ("set()", .list([])), ("3j", nil), ("é", nil),
    ] as [(String, Value?)])
  func `a value is a Python literal or none`(text: String, expected: Value?) {
    #expect(PythonLiteral.value(of: text) == expected)
  }
}
