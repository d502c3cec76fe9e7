import Diagnostics
import ModuleKit
import Modules
import Schema
import Testing
import YAML

@Suite struct `The manuals` {
  @Test(arguments: Registry.all.manuals.map(\.name))
  func `every parameter is explained and every example is a task`(name: String) throws {
    let manual = try #require(Registry.all.module(named: name)).manual
    #expect(!manual.summary.isEmpty && !manual.examples.isEmpty)
    var names = Set<String>()
    for parameter in manual.parameters {
      #expect(!parameter.summary.isEmpty, "\(parameter.name)")
      #expect(parameter.summary.hasSuffix("."), "\(parameter.name)")
      for name in [parameter.name] + parameter.aliases {
        #expect(names.insert(name).inserted, "\(name) is named twice")
      }
    }
    for group in manual.exclusive + manual.oneOf {
      for name in group { #expect(manual.parameter(named: name) != nil, "\(name)") }
    }
    for example in manual.examples { try check(example, manual) }
  }

  private func check(_ example: String, _ manual: Manual) throws {
    var bag = DiagnosticBag()
    let trees = parseYAML(SourceFile(name: "example", text: example), into: &bag)
    #expect(bag.errors.isEmpty, "\(bag.errors)")
    let root = try #require(trees.first).root
    let tasks = root.kind == .sequence ? root.elements : [root]
    #expect(!tasks.isEmpty)
    var isUsed = false
    for task in tasks {
      #expect(task["name"] != nil)
      let names = [manual.name] + manual.aliases
      let pair = task.pairs.first { key, _ in
        names.contains(key.text.split(separator: ".").last.map(String.init) ?? "")
      }
      guard let node = pair?.value else { continue }
      isUsed = true
      var given: [String: Argument] = [:]
      if node.kind == .mapping {
        for (key, value) in node.pairs {
          given[key.text] = Argument(
            Value(value, trusted: false), node: value, path: key.text,
            content: .file(Blob([]), mode: 0o644))
        }
      } else if let freeForm = manual.freeForm {
        given[freeForm] = Argument(Value(node, trusted: false), node: node, path: freeForm)
      }
      #expect(manual.check(Arguments(module: manual.name, given: given)) == [], "\(example)")
    }
    #expect(isUsed, "no task of the example uses the module")
  }
}
