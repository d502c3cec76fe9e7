import Diagnostics
import ModuleKit
import Schema

/// `assert`: fails unless all conditions hold.
struct AssertModule: ControllerModule {
  private let conditions: Conditions
  private let failure: String?
  private let success: String
  private let isQuiet: Bool

  static let conditions = Parameter<Conditions>.required(
    "that", "Conditions, written without braces; all must hold.", treatment: .conditions)
  static let failureMessage = Parameter<String?>.optional(
    "fail_msg", "What to say when one does not hold.", aliases: ["msg"])
  static let successMessage = Parameter<String>.optional(
    "success_msg", "What to say when all hold.", default: "All assertions passed",
    shown: "All assertions passed")
  static let quiet = Parameter<Bool>.optional(
    "quiet", "Says nothing when all hold.", default: false, shown: "false")

  static let manual = Manual(
    "assert", .controller, "Fails unless all conditions hold.",
    parameters: [
      conditions.manual, failureMessage.manual, successMessage.manual, quiet.manual,
    ],
    results: [
      .init("msg", "what was said"), .init("assertion", "the first condition that does not hold"),
      .init("evaluated_to", "what it came to"),
    ],
    examples: [
      """
      - name: the machine is large enough
        assert:
          that:
            - ansible_facts.memtotal_mb >= 3500
            - ansible_facts.processor_vcpus >= 2
          fail_msg: a control plane node needs 4 GB and 2 CPUs
      """
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    conditions = try arguments[Self.conditions]
    failure = try arguments[Self.failureMessage]
    success = try arguments[Self.successMessage]
    isQuiet = try arguments[Self.quiet]
  }

  func run() -> ControllerOutcome {
    if let broken = conditions.all.first(where: { $0.holds == .no }) {
      let text = failure ?? "Assertion failed"
      return ControllerOutcome(
        result: [
          "msg": .string(text), "assertion": .string(broken.text), "evaluated_to": .bool(false),
        ], failure: failure.map { "\($0) (`\(broken.text)`)" } ?? "`\(broken.text)` does not hold")
    }
    let doubts = conditions.all.compactMap { condition -> Unknown? in
      guard case .unknown(let unknown) = condition.holds else { return nil }
      return unknown
    }
    if let unknown = Unknown.merged(doubts) {
      return ControllerOutcome(result: ["msg": .unknown(unknown)], unknown: unknown)
    }
    return ControllerOutcome(
      result: ["msg": .string(success)], effects: isQuiet ? [] : [.show(.string(success))])
  }
}

/// Conditions as the engine evaluated them: a list of {condition, holds}.
struct Conditions: ParameterType {
  enum Truth: Sendable, Hashable {
    case yes, no
    case unknown(Unknown)
  }

  struct Condition: Sendable {
    let text: String
    let holds: Truth
  }

  static let typeDescription = "list of conditions"

  let all: [Condition]

  init(_ argument: Argument) throws(Diagnostic) {
    var all: [Condition] = []
    for element in argument.value.list ?? [] {
      let text = element["condition"]?.string ?? ""
      switch element["holds"] {
      case .bool(let flag): all.append(Condition(text: text, holds: flag ? .yes : .no))
      case .unknown(let unknown): all.append(Condition(text: text, holds: .unknown(unknown)))
      default: throw argument.wrong("condition", "was not evaluated")
      }
    }
    self.all = all
  }
}
