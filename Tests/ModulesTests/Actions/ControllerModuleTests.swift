import Diagnostics
import ModuleKit
import Schema
import Testing

@testable import Modules

@Suite struct `Modules of the controller` {
  private func outcome(_ conditions: [(String, Value)], _ more: [String: Value] = [:]) throws
    -> ControllerOutcome
  {
    let list = conditions.map { text, holds in
      Value.dict(["condition": .string(text), "holds": holds])
    }
    var given = ["that": Argument(.list(list), path: "that")]
    for (name, value) in more { given[name] = Argument(value, path: name) }
    return try AssertModule(Arguments(module: "assert", given: given)).run()
  }

  @Test func `assert names the first condition that does not hold`() throws {
    let outcome = try outcome([("a", .bool(true)), ("b", .bool(false)), ("c", .bool(false))])
    #expect(outcome.failure == "`b` does not hold")
    #expect(outcome.result["assertion"] == .string("b"))
    #expect(outcome.result["msg"] == .string("Assertion failed"))
  }

  @Test func `assert says what the task wants it to say`() throws {
    let failed = try outcome([("b", .bool(false))], ["fail_msg": .string("too small")])
    #expect(failed.failure == "too small (`b`)")
    let aliased = try outcome([("b", .bool(false))], ["msg": .string("too small")])
    #expect(aliased.result["msg"] == .string("too small"))
    let held = try outcome([("b", .bool(true))], ["success_msg": .string("fine")])
    #expect(held.failure == nil && held.result["msg"] == .string("fine"))
    #expect(held.effects.count == 1)
    let quiet = try outcome([("b", .bool(true))], ["quiet": .bool(true)])
    #expect(quiet.effects.isEmpty)
  }

  @Test func `assert does not guess`() throws {
    let doubt = Unknown("the result of `x`")
    let open = try outcome([("a", .bool(true)), ("b", .unknown(doubt))])
    #expect(open.failure == nil && open.unknown == doubt)
    let broken = try outcome([("a", .unknown(doubt)), ("b", .bool(false))])
    #expect(broken.failure == "`b` does not hold")
  }

  @Test func `debug shows a message, a value or the value of an expression`() throws {
    let message = try module(DebugModule.self, "{msg: [1, 2]}").run()
    #expect(message.result["msg"] == .list([.int(1), .int(2)]))
    #expect(try module(DebugModule.self, "{}").run().result["msg"] == .string("Hello world!"))
    var argument = Argument(.int(3), path: "var")
    argument.expression = "found.count"
    let value = try DebugModule(
      Arguments(
        module: "debug",
        given: ["var": argument, "verbosity": Argument(.int(2), path: "verbosity")])
    ).run()
    #expect(value.result["found.count"] == .int(3))
    guard case .show(let shown) = value.effects.first else {
      Issue.record("nothing is shown")
      return
    }
    #expect(shown == .int(3) && value.verbosity == 2)
    #expect(
      try mistakeID { _ = try module(DebugModule.self, "{msg: a, var: b}") }
        == "exclusive-parameters")
  }

  @Test func `fail fails`() throws {
    #expect(try module(FailModule.self, "{msg: no}").run().failure == "no")
    #expect(try module(FailModule.self, "{}").run().failure == "Failed as requested from task")
  }

  @Test func `set_fact sets variables`() throws {
    let outcome = try module(
      SetFactModule.self, "{a: 1, b_2: {c: [x]}, cacheable: true}"
    ).run()
    let expected: ValueMap = ["a": .int(1), "b_2": .dict(["c": .list([.string("x")])])]
    #expect(outcome.result["ansible_facts"] == .dict(expected))
    guard case .setFacts(let facts) = outcome.effects.first else {
      Issue.record("nothing is set")
      return
    }
    #expect(facts == expected)
  }

  static let mistakes: [(task: String, id: String)] = [
    ("{a-b: 1}", "variable-name"), ("{1a: 1}", "variable-name"), ("{\"\": 1}", "variable-name"),
    ("{cacheable: true}", "missing-parameter"),
  ]

  @Test(arguments: mistakes)
  func `set_fact wants names of variables`(task: String, id: String) throws {
    #expect(try mistakeID { _ = try module(SetFactModule.self, task) } == id)
  }
}
