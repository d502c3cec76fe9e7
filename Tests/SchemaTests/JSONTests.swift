import Schema
import Testing

struct JSONTests {
  @Test(arguments: [
    ("null", Value.null), ("true", .bool(true)), (" -0 ", .int(0)), ("12", .int(12)),
    ("1.0", .float(1)), ("1e3", .float(1000)), ("-2.5E-1", .float(-0.25)), ("[]", .list([])),
    ("[1, [2]]", .list([.int(1), .list([.int(2)])])), ("{}", .dict([:])),
    (#"{"a": {"b": null}}"#, .dict(["a": .dict(["b": .null])])),
    (#""\u00e9\n\"\\\/\ud83d\ude00""#, .string("é\n\"\\/😀")),
    (#"{"a": 1, "a": 2}"#, .dict(["a": .int(2)])), ("\u{FEFF}1", .int(1)),
  ])
  func `what is JSON is read`(text: String, expected: Value) throws {
    #expect(try JSON.parse(text) == expected)
  }

  @Test func `integers are unbounded`() throws {
    let digits = "123456789012345678901234567890"
    let value = try JSON.parse("-\(digits)")
    #expect(JSON.text(value) == "-\(digits)")
  }

  @Test(arguments: [
    ("", 0, 1, 1), ("[1,", 3, 1, 4), ("[1 2]", 3, 1, 4), ("{\"a\" 1}", 5, 1, 6),
    ("{a: 1}", 1, 1, 2),
    ("01", 1, 1, 2), ("1.", 2, 1, 3), ("\"a", 0, 1, 1), ("[\n  tru\n]", 4, 2, 3), ("1 1", 2, 1, 3),
    ("\"\\x\"", 1, 1, 2), ("\"a\nb\"", 2, 1, 3), ("[1,]", 3, 1, 4), ("\"\\ud800\"", 1, 1, 2),
  ])
  func `what is not says where`(text: String, offset: Int, line: Int, column: Int) {
    let error = #expect(throws: JSONError.self) { try JSON.parse(text) }
    #expect(error?.offset == offset)
    #expect(error?.line == line)
    #expect(error?.column == column)
  }

  @Test func `hostile depth is refused`() {
    #expect(throws: JSONError.self) { try JSON.parse(String(repeating: "[", count: 100_000)) }
  }

  @Test func `styles`() {
    let value = Value.dict(["b": .list([.int(1), .list([])]), "a": .string("é\u{1}<")])
    #expect(JSON.text(value) == #"{"b":[1,[]],"a":"é\u0001<"}"#)
    #expect(
      JSON.text(value, style: .indented)
        == "{\n  \"b\": [\n    1,\n    []\n  ],\n  \"a\": \"é\\u0001<\"\n}")
    let sorted = JSONStyle(sortsKeys: true, escapesNonASCII: true)
    #expect(JSON.text(value, style: sorted) == #"{"a":"\u00e9\u0001<","b":[1,[]]}"#)
    #expect(JSON.quoted("a\"") == #""a\"""#)
    #expect(
      JSON.text(.unknown(Unknown("later"))) == #"{"unknown":["later"]}"#)
  }

  @Test(arguments: [
    (1.0, "1.0"), (0.1, "0.1"), (-0.0, "-0.0"), (1e16, "1e+16"), (1.5e15, "1500000000000000.0"),
    (1e-5, "1e-05"), (0.0001, "0.0001"), (123456789.123, "123456789.123"), (1e22, "1e+22"),
    (5e-324, "5e-324"), (1.7976931348623157e308, "1.7976931348623157e+308"), (12.5, "12.5"),
  ])
  func `floats are written with the shortest digits`(float: Double, text: String) {
    #expect(JSON.text(.float(float)) == text)
  }
}
