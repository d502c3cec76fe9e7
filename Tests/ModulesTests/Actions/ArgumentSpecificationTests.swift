import ModuleKit
import Schema
import Testing

@testable import Modules

@Suite struct `Specifications of arguments` {
  private func faults(_ options: String, _ values: String) throws -> [String] {
    let (options, values) = (try JSON.parse(options), try JSON.parse(values))
    return ArgumentSpecification(options: try #require(options.dict))
      .faults(of: try #require(values.dict))
  }

  /// What Ansible converts, and what it does not.
  static let types: [(type: String, good: String, bad: String)] = [
    ("str", "[\"x\", 1, [1]]", "[]"), ("bool", "[true, \"yes\", 0, \"off\"]", "[2, \"maybe\", []]"),
    ("int", "[1, \"2\", 3.0]", "[1.5, \"x\", []]"), ("float", "[1, 1.5, \"2.5\"]", "[\"x\", {}]"),
    ("list", "[[1], \"a,b\", 1]", "[{}]"),
    ("dict", "[{}, \"a=1 b=2\", \"{\\\"a\\\": 1}\"]", "[\"a\", [], 1]"),
    ("path", "[\"/x\"]", "[]"), ("raw", "[1, []]", "[]"),
    ("bytes", "[\"1 MB\", 5, \"2K\"]", "[\"x\"]"),
  ]

  @Test(arguments: types)
  func `convert as Ansible does`(row: (type: String, good: String, bad: String)) throws {
    let options = "{\"o\": {\"type\": \"\(row.type)\"}}"
    func faults(_ value: Value) throws -> [String] {
      try self.faults(options, "{\"o\": \(JSON.text(value))}")
    }
    for value in try JSON.parse(row.good).list ?? [] { #expect(try faults(value) == []) }
    for value in try JSON.parse(row.bad).list ?? [] { #expect(try faults(value).count == 1) }
  }

  static let rows: [(options: String, values: String, faults: [String])] = [
    (
      #"{"a": {"required": true}, "b": {"required": true}, "c": {}}"#, #"{"b": 1}"#,
      ["missing required arguments: a"]
    ),
    (
      #"{"a": {"choices": ["x", "y"]}}"#, #"{"a": "z"}"#,
      ["value of a must be one of: x, y, got: z"]
    ),
    (
      #"{"a": {"type": "list", "elements": "str", "choices": ["x", "y"]}}"#, #"{"a": ["x", "z"]}"#,
      ["value of a must be one or more of: x, y. Got no match for: z"]
    ),
    (
      #"{"a": {"type": "list", "elements": "int"}}"#, #"{"a": [1, "x"]}"#,
      ["Elements value for option 'a' is of type string and cannot be converted to int"]
    ),
    (#"{"a": {"aliases": ["b"], "required": true}}"#, #"{"b": 1}"#, []),
    (#"{"a": {}}"#, #"{"b": 1}"#, ["b. Supported parameters include: a."]),
    (#"{"a": {"type": "int"}}"#, #"{"a": null}"#, []),
    (
      #"{"a": {"type": "dict", "options": {"b": {"required": true}, "c": {"type": "int"}}}}"#,
      #"{"a": {"c": "x"}}"#,
      [
        "missing required arguments: b found in a",
        "argument 'c' is of type string and cannot be converted to int found in a",
      ]
    ),
    (
      #"{"a": {"type": "list", "elements": "dict", "options": {"b": {}, "c": {}}, "mutually_exclusive": [["b", "c"]]}}"#,
      #"{"a": [{"b": 1}, {"b": 1, "c": 2}]}"#,
      ["parameters are mutually exclusive: b|c found in a"]
    ),
    (
      #"{"a": {"type": "dict", "options": {"b": {}, "c": {}, "d": {}}, "required_if": [["b", "x", ["c", "d"]]], "required_together": [["c", "d"]], "required_one_of": [["c", "d"]]}}"#,
      #"{"a": {"b": "x", "c": 1}}"#,
      [
        "parameters are required together: c, d found in a",
        "b is x but all of the following are missing: d found in a",
      ]
    ),
  ]

  @Test(arguments: rows)
  func `are compared in every part`(
    row: (options: String, values: String, faults: [String])
  ) throws {
    #expect(try faults(row.options, row.values) == row.faults)
  }

  @Test(arguments: [(", provided_arguments: {a: 1}", true), ("", false)])
  func `are a module of their own`(provided: String, isRight: Bool) throws {
    let task = try module(
      ValidateArgumentSpecModule.self,
      "{argument_spec: {a: {type: int}}, variables: {a: x}\(provided)}")
    let failure = task.run().failure
    #expect((failure == nil) == isRight)
    #expect(failure?.hasPrefix("Validation of arguments failed:\n") != false)
  }
}
