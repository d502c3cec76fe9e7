import Diagnostics
import ModuleKit
import Schema

/// `set_fact`: variables of the host, from here on.
struct SetFactModule: ControllerModule {
  private let facts: ValueMap

  static let cacheable = Parameter<Bool>.optional(
    "cacheable", "Accepted for Ansible's sake: facts last for the run.", default: false,
    shown: "false")

  static let manual = Manual(
    "set_fact", .controller, "Sets variables of the host from here on.",
    notes: [
      """
      Every other parameter is a variable: its name must be a letter or `_` followed by letters, digits and `_`. A \
      variable set here wins over those of plays, inventory and roles, and loses to `-e`.
      """
    ],
    parameters: [cacheable.manual], takesAnyParameter: true,
    results: [.init("ansible_facts", "the variables that were set")],
    examples: [
      """
      - name: where the API is
        set_fact:
          api_url: "https://{{ api_address }}:6443"
          api_is_balanced: true
      """
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    _ = try arguments[Self.cacheable]
    var facts = ValueMap()
    for (name, argument) in arguments.given.sorted(by: { $0.key < $1.key })
    where name != Self.cacheable.manual.name {
      guard SetFactModule.isVariableName(name) else {
        throw Diagnostic(
          .error, "variable-name", "`\(name)` cannot be the name of a variable",
          at: argument.span ?? arguments.span,
          help: "use letters, digits and `_`, and begin with a letter")
      }
      facts[name] = argument.value
    }
    guard !facts.isEmpty else {
      throw Diagnostic(
        .error, "missing-parameter", "module `set_fact` needs at least one variable to set",
        at: arguments.span, help: "write `set_fact: {name: value}`")
    }
    self.facts = facts
  }

  private static func isVariableName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
    else { return false }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }

  func run() -> ControllerOutcome {
    ControllerOutcome(result: ["ansible_facts": .dict(facts)], effects: [.setFacts(facts)])
  }
}
