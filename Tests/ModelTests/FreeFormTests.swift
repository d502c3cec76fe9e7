import Testing

@testable import Model

/// Expected values were read off `parse_kv` of ansible-core 2.19.
@Suite struct FreeFormTests {
  private let guards = ["creates", "removes", "chdir", "executable", "stdin"]

  @Test(arguments: [
    ("ls -l  creates=/x foo", "creates=/x", "ls -l foo"),
    ("echo 'a b' chdir=\"/tmp/x y\"", "chdir=/tmp/x y", "echo 'a b'"),
    ("echo a=b", "", "echo a=b"),
    ("echo \"x=1\"", "", "echo \"x=1\""),
    ("creates=a  echo   b  removes=c d", "creates=a removes=c", "echo   b d"),
    ("VAR=1 ls", "", "VAR=1 ls"),
    ("line1\nline2 creates=x", "creates=x", "line1\nline2"),
    ("echo \"a 'b\" c", "", "echo \"a 'b\" c"),
    (
      "echo {{ a b }} creates={{ x | default('a b') }}", "creates={{ x | default('a b') }}",
      "echo {{ a b }}"
    ),
  ])
  func `a command keeps what is no guard`(text: String, pairs: String, rest: String) {
    let form = FreeForm(text) { guards.contains($0) }
    #expect(form.pairs.map { "\($0.name)=\($0.value)" }.joined(separator: " ") == pairs)
    #expect(form.rest == rest)
  }

  @Test(arguments: [
    ("src=a dest=b mode=0644", ["src": "a", "dest": "b", "mode": "0644"]),
    ("msg='hi there'", ["msg": "hi there"]),
    ("msg=\"{{ a b }}\"", ["msg": "{{ a b }}"]),
    ("msg={{ foo | default('a b') }}", ["msg": "{{ foo | default('a b') }}"]),
    ("msg='a\\nb'", ["msg": "a\nb"]),
    ("msg=a=b", ["msg": "a=b"]),
    ("msg=\\x41", ["msg": "A"]),
  ])
  func `pairs are read with quotes and escapes`(text: String, pairs: [String: String]) {
    let form = FreeForm(text) { _ in true }
    let found = Dictionary(form.pairs.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    #expect(found == pairs)
    #expect(form.rest == nil)
  }

  @Test(arguments: ["echo 'unclosed", "echo it's", "msg=it's fine", "msg={{ a", "msg={% if"])
  func `an open quote or template is noticed`(text: String) {
    #expect(FreeForm(text) { _ in true }.isUnbalanced)
  }

  @Test func `offsets lead back into the text`() {
    let text = "echo héllo creates='/x y'"
    let form = FreeForm(text) { $0 == "creates" }
    let bytes = Array(text.utf8)
    #expect(form.pairs.map { String(decoding: bytes[$0.valueRange], as: UTF8.self) } == ["/x y"])
    #expect(form.restOffset == 0)
  }

  @Test(arguments: [
    ("start=1 end=3", ["1", "2", "3"]),
    ("start=0 end=6 stride=3 format=n%02d", ["n00", "n03", "n06"]),
    ("count=2", ["1", "2"]),
    ("3-1/-1", ["3", "2", "1"]),
    ("5-8/2:host%02d", ["host05", "host07"]),
    ("start=0x0f end=0x11 format=%x", ["f", "10", "11"]),
    ("4", ["1", "2", "3", "4"]),
  ])
  func `with_sequence counts`(text: String, items: [String]) {
    #expect(NumberSequence(text)?.texts == items)
  }
}
