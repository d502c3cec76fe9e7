import Diagnostics
import ModuleKit
import Modules
import Schema
import Testing
import YAML

@Suite struct ExampleTests {
  private static let names = [
    "sysctl", "limits", "kernel_module", "swap", "filesystem", "mount", "io_scheduler",
    "systemd_service", "user", "group", "hostname", "hosts", "timezone", "package", "setup",
  ]

  /// The arguments of an example, without those that hold a template.
  private func arguments(_ example: String) throws -> (module: String, arguments: Arguments) {
    var bag = DiagnosticBag()
    let trees = parseYAML(SourceFile(name: "example.yml", text: example), into: &bag)
    try #require(bag.errors.isEmpty, "\(bag.errors)")
    let task = try #require(trees.first?.root.elements.first)
    let keywords: Set = ["name", "register", "when", "loop"]
    let pair = try #require(task.pairs.first { !keywords.contains($0.key.text) })
    var given: [String: Argument] = [:]
    for (key, node) in pair.value.pairs {
      let isTemplate = node.hasTemplate
      given[key.text] = Argument(
        isTemplate ? .string("*") : Value(node, trusted: false), node: isTemplate ? nil : node,
        path: key.text)
    }
    return (pair.key.text, Arguments(module: pair.key.text, given: given))
  }

  @Test(arguments: names)
  func `every example is a task that the module takes`(_ name: String) throws {
    let type = try #require(Registry.all.module(named: name))
    #expect(!type.manual.examples.isEmpty)
    for example in type.manual.examples {
      let (module, arguments) = try arguments(example)
      let found = try #require(Registry.all.module(named: module))
      #expect(found.manual.name == name)
      #expect(type.manual.check(arguments) == [], "\(example)")
      if !example.contains("{{ inventory_hostname") { _ = try type.init(arguments) }
    }
  }

  @Test(arguments: names)
  func `every parameter says what it is for`(_ name: String) throws {
    let manual = try #require(Registry.all.module(named: name)).manual
    for parameter in manual.parameters {
      #expect(parameter.summary.count > 15 && parameter.summary.hasSuffix("."), "\(parameter.name)")
    }
    let names = manual.parameters.flatMap { [$0.name] + $0.aliases }
    #expect(Set(names).count == names.count)
  }
}
