import Model
import ModuleKit
import Modules
import Schema
import Testing

@Suite struct RegistryTests {
  /// Types of `Sources/Modules` that conform to a protocol, by the words after their names.
  private func types(conformingTo protocols: String) throws -> [String] {
    let pattern = try Regex(
      "struct (\\w+): [^{]*\\b(?:\(protocols))\\b", as: (Substring, Substring).self)
    return try Repository.swiftFiles(below: "Sources/Modules").flatMap { path in
      try Repository.text(path).matches(of: pattern).map { String($0.output.1) }
    }
  }

  @Test func `every module has a row`() throws {
    let registry = try Repository.text("Sources/Modules/Registry.swift")
    let types = try types(conformingTo: "StateModule|QueryModule|ActionModule|ControllerModule")
    #expect(types.count > 20)
    for type in types {
      #expect(registry.contains(" \(type).self,"), "\(type) is not in the registry")
    }
  }

  @Test(arguments: Registry.all.manuals.map(\.name))
  func `every manual says enough`(_ name: String) throws {
    let manual = try #require(Registry.all.module(named: name)?.manual)
    #expect(manual.summary.hasSuffix("."))
    #expect(!manual.examples.isEmpty)
    for parameter in manual.parameters {
      #expect(!parameter.summary.isEmpty, "`\(parameter.name)` says nothing")
    }
  }

  @Test func `the reference is what the manuals say`() throws {
    let manuals = Registry.all.manuals + LanguageModules.manuals
    let reference = try Repository.text("Sources/Modules/Modules.docc/Reference.md")
    #expect(
      reference == moduleReference(manuals.sorted { $0.name < $1.name }),
      "run: spile module doc --all > Sources/Modules/Modules.docc/Reference.md")
  }
}
