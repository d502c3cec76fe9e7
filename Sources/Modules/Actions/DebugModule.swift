import Diagnostics
import ModuleKit
import Schema

/// `debug`: shows a message or the value of an expression.
struct DebugModule: ControllerModule {
  private let shown: Value
  private let result: ValueMap
  private let verbosity: Int

  static let message = Parameter<Value>.optional(
    "msg", "What to show: a text, or any value.", default: .string("Hello world!"),
    shown: "Hello world!")
  static let variable = Parameter<Value?>.optional(
    "var", "An expression to show the value of, written without braces.", treatment: .expression)
  static let verbosity = Parameter<Int>.optional(
    "verbosity", "How many `-v` a run needs for it to be shown: 0 for always.", default: 0,
    shown: "0")

  static let manual = Manual(
    "debug", .controller, "Shows a message or the value of an expression.",
    parameters: [message.manual, variable.manual, verbosity.manual],
    exclusive: [["msg", "var"]],
    results: [.init("msg", "what was shown"), .init("<expression>", "the value, with `var`")],
    examples: [
      """
      - name: what is there
        debug:
          msg: "{{ inventory_hostname }} has {{ ansible_facts.memtotal_mb }} MB"
      """,
      """
      - name: a result
        debug:
          var: found.stat.exists
          verbosity: 1
      """,
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    verbosity = try arguments[Self.verbosity]
    if let argument = arguments.given[Self.variable.manual.name] {
      shown = argument.value
      result = [argument.expression ?? Self.variable.manual.name: argument.value]
    } else {
      shown = try arguments[Self.message]
      result = ["msg": shown]
    }
  }

  func run() -> ControllerOutcome {
    ControllerOutcome(result: result, effects: [.show(shown)], verbosity: verbosity)
  }
}
