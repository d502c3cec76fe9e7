import Diagnostics
import ModuleKit
import Modules
import Schema
import Testing
import YAML

/// Arguments as a task would give them: a YAML mapping.
func arguments(
  _ module: String, _ yaml: String, contents: [String: ControllerContent] = [:],
  secrets: Set<String> = []
) throws -> Arguments {
  var bag = DiagnosticBag()
  let file = SourceFile(name: "\(module).yml", text: yaml)
  let trees = parseYAML(file, into: &bag)
  try #require(bag.errors.isEmpty, "\(bag.errors)")
  var given: [String: Argument] = [:]
  for (key, node) in trees.first?.root.pairs ?? [] {
    var value = Value(node, trusted: false)
    if secrets.contains(key.text) { value = value.marked(.secret) }
    given[key.text] = Argument(
      value, node: node, path: key.text, content: contents[key.text])
  }
  return Arguments(module: module, given: given)
}

/// A module with its arguments checked, as the compiler of playbooks does it.
func module<M: Module>(
  _ type: M.Type, _ yaml: String, contents: [String: ControllerContent] = [:],
  secrets: Set<String> = []
) throws -> M {
  let arguments = try arguments(
    type.manual.name, yaml, contents: contents, secrets: secrets)
  let wrong = type.manual.check(arguments)
  if !wrong.isEmpty { throw DiagnosticError(wrong) }
  return try type.init(arguments)
}
