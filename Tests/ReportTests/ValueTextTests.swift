import Schema
import Testing

@testable import Report

@Suite struct ValueTextTests {
  @Test func `values are shown in the manner of YAML`() {
    let value: Value = [
      "name": .string("web"), "port": .int(80), "text": .string("one\ntwo\n"),
      "empty": .list([]), "no": .string("no"), "time": .string("12:30"),
      "list": .list([.int(1), ["a": .bool(true), "b": .null], .string("x: y")]),
    ]
    #expect(
      ValueText.lines(value) == [
        "name: web", "port: 80", "text: |", "  one", "  two", "empty: []", "\"no\": \"no\"",
        "time: \"12:30\"", "list:", "  - 1", "  - a: true", "    b: null", "  - \"x: y\"",
      ])
  }

  @Test func `a secret is masked wherever it is`() {
    let secret = Value.text(Text("hunter2", marks: .secret))
    let lines = ValueText.lines(["a": .list([secret]), "b": secret])
    #expect(!lines.joined().contains("hunter2"))
    #expect(ValueText.lines(secret) == ["[secret]"])
  }

  @Test func `nothing that a host says moves the cursor`() {
    let lines = ValueText.lines(.string("a\u{1B}[2Jb\rc\nd"))
    #expect(lines == ["a\\x1b[2Jb\\x0dc", "d"])
  }
}
