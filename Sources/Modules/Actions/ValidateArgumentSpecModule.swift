import Diagnostics
import ModuleKit
import Schema

/// `validate_argument_spec`: fails where variables are not what a specification says.
///
/// Roles that have a `meta/argument_specs.yml` begin with it.
struct ValidateArgumentSpecModule: ControllerModule {
  private let specification: ValueMap
  private let values: ValueMap

  static let specification = Parameter<Value?>.optional(
    "argument_spec",
    "By option: `type`, `required`, `default`, `choices`, `elements`, `aliases`, and `options` of its own."
  )
  static let provided = Parameter<Value?>.optional(
    "provided_arguments", "Values by option; they win over variables.")
  static let variables = Parameter<Value?>.optional(
    "variables",
    "The variables of the options' names; they are found by themselves where `argument_spec` is written out."
  )
  static let context = Parameter<Value?>.optional(
    "validate_args_context", "Accepted for Ansible's sake: what the result says of itself.")

  static let manual = Manual(
    "validate_argument_spec", .controller, "Fails where options are not as a specification says.",
    notes: [
      """
      A role with `meta/argument_specs.yml` begins with this, unless it is used with `rolespec_validate: false`: its \
      variables are compared with the options of the entry point, `main` or what `tasks_from` says.
      """,
      "A value of another type counts where Ansible would convert it.",
    ],
    parameters: [
      specification.manual, provided.manual, variables.manual, context.manual,
    ],
    results: [
      .init("msg", "what is wrong, or that nothing is"),
      .init("argument_errors", "everything that is wrong, as a list"),
      .init("argument_spec_data", "the specification, where something is wrong"),
    ],
    examples: [
      """
      - name: what this play needs
        validate_argument_spec:
          argument_spec:
            port: {type: int, required: true}
            mode: {choices: [plain, tls], default: tls}
      """
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    func map(_ parameter: Parameter<Value?>) throws(Diagnostic) -> ValueMap {
      guard let value = try arguments[parameter], value != .null else { return [:] }
      guard let map = value.dict else {
        throw Diagnostic(
          .error, "argument-type", "`\(parameter.manual.name)` must be a dictionary",
          at: arguments.span(of: parameter.manual))
      }
      return map
    }
    specification = try map(Self.specification)
    var values = try map(Self.variables)
    for (name, value) in try map(Self.provided).pairs { values[name] = value }
    self.values = values
  }

  func run() -> ControllerOutcome {
    let faults = ArgumentSpecification(options: specification).faults(of: values)
    guard !faults.isEmpty else {
      return ControllerOutcome(result: ["msg": .string("The arg spec validation passed")])
    }
    let text = "Validation of arguments failed:\n" + faults.joined(separator: "\n")
    return ControllerOutcome(
      result: [
        "msg": .string(text), "argument_errors": .list(faults.map(Value.string)),
        "argument_spec_data": .dict(specification),
      ], failure: text)
  }
}
