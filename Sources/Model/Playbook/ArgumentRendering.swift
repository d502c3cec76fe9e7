import Diagnostics
import Schema
import Template

extension Task {
  /// The arguments of the task with their templates rendered, those of `module_defaults` underneath.
  ///
  /// Literal scalars keep their nodes, so that parameters read them as they were written; what is not known yet stays
  /// unknown; arguments that are `omit` are left out.
  /// - Throws: everything that cannot be rendered, not only the first.
  package func arguments(_ renderer: Renderer, manual: Manual) throws(DiagnosticError) -> Arguments
  {
    var given: [String: Argument] = [:]
    var failures: [Diagnostic] = []
    for (name, source) in effectiveArguments(manual).sorted(by: { $0.key < $1.key }) {
      do throws(Diagnostic) {
        guard var argument = try source.argument(renderer) else { continue }
        if manual.parameter(named: name)?.isSecret == true {
          argument.value = argument.value.concealed
        }
        given[name] = argument
      } catch {
        failures.append(withPath(error, name))
      }
    }
    do throws(Diagnostic) {
      for (name, argument) in try templatedArguments(renderer, manual) where given[name] == nil {
        given[name] = argument
      }
    } catch {
      failures.append(withPath(error, "args"))
    }
    if !failures.isEmpty { throw DiagnosticError(failures) }
    return Arguments(module: module, span: moduleSpan, given: given)
  }

  /// The arguments as written: the task's own, and those of `module_defaults` for parameters it does not give.
  package func effectiveArguments(_ manual: Manual) -> [String: ArgumentSource] {
    let defaults = keywords.moduleDefaults
    guard !defaults.isEmpty else { return arguments }
    let names = [manual.name, LanguageModules.plainName(module), module]
    guard let found = names.lazy.compactMap({ defaults[$0] }).first else { return arguments }
    func parameter(_ name: String) -> String { manual.parameter(named: name)?.name ?? name }
    let own = Set(arguments.keys.map(parameter))
    return arguments.merging(found.filter { !own.contains(parameter($0.key)) }) { own, _ in own }
  }

  /// The entries of `args: "{{ x }}"`; where they are not known yet, no parameter is.
  private func templatedArguments(_ renderer: Renderer, _ manual: Manual) throws(Diagnostic)
    -> [String: Argument]
  {
    guard let template = argumentsTemplate else { return [:] }
    let value = try template.value(renderer)
    if case .unknown = value {
      return Dictionary(
        manual.parameters.map { ($0.name, Argument(value, span: template.span, path: $0.name)) },
        uniquingKeysWith: { first, _ in first })
    }
    let argument = Argument(value, span: template.span, path: "args")
    guard let entries = argument.entries else {
      throw argument.wrong("argument-type", "must be a dictionary, not \(argument.shown)")
    }
    return Dictionary(
      entries.map { name, argument in
        (name, Argument(argument.value, span: argument.span, path: name))
      }, uniquingKeysWith: { _, later in later })
  }

  private func withPath(_ diagnostic: Diagnostic, _ argument: String) -> Diagnostic {
    var diagnostic = diagnostic
    diagnostic.path = diagnostic.path ?? "\(path).\(module).\(argument)"
    return diagnostic
  }
}
