import OrderedCollections
import Schema

/// A macro, or the body of a call block: a function written in a template.
final class Macro: TemplateObject {
  let definition: MacroDefinition
  private let unit: Unit
  private let scope: Scope
  private let run: TemplateRun

  init(_ definition: MacroDefinition, unit: Unit, scope: Scope, run: TemplateRun) {
    self.definition = definition
    self.unit = unit
    self.scope = scope
    self.run = run
  }

  var typeName: String { "Macro" }
  var isCallable: Bool { true }

  func representation(in context: Context) throws -> String { "<Macro '\(definition.name)'>" }

  func attribute(_ name: String, in context: Context) throws -> Item? {
    switch name {
    case "name": .text(definition.name)
    case "arguments": .texts(definition.parameters.map(\.name))
    case "catch_varargs": .bool(definition.takesVarargs)
    case "catch_kwargs": .bool(definition.takesKwargs)
    case "caller": .bool(definition.takesCaller)
    default: nil
    }
  }

  func call(_ arguments: CallArguments, in context: Context) throws -> Item {
    let inner = Scope(parent: scope)
    var arguments = arguments
    let count = definition.parameters.count
    let positional = arguments.positional.prefix(count)
    let extra = Array(arguments.positional.dropFirst(count))
    let caller = arguments.keyword("caller")
    let takesCaller =
      definition.takesCaller || definition.parameters.contains { $0.name == "caller" }
    if takesCaller { arguments.keywords.removeAll { $0.name == "caller" } }
    if !extra.isEmpty, !definition.takesVarargs {
      throw context.fail(
        .type, "macro `\(definition.name)` takes at most \(count) arguments")
    }
    return try context.within(unit, scope: inner) {
      context.run = run
      try bind(Array(positional), &arguments.keywords, in: context)
      if let first = arguments.keywords.first, !definition.takesKwargs {
        throw context.fail(
          .type, "macro `\(definition.name)` has no parameter `\(first.name)`")
      }
      if definition.takesVarargs { inner.set("varargs", .tuple(extra)) }
      if definition.takesKwargs { inner.set("kwargs", keywords(arguments.keywords)) }
      if definition.takesCaller {
        inner.set("caller", caller ?? context.undefined(.hint("no caller is defined")))
      }
      let wasDiscarding = run.isDiscarding
      run.isDiscarding = false
      defer { run.isDiscarding = wasDiscarding }
      return try context.capture { try context.execute(definition.body) }
    }
  }

  private func keywords(_ pairs: [(name: String, value: Item)]) -> Item {
    var entries: OrderedDictionary<Value, Item> = [:]
    for (name, value) in pairs { entries[.string(name)] = value }
    return .dict(DictBox(entries))
  }

  private func bind(
    _ positional: [Item], _ keywords: inout [(name: String, value: Item)], in context: Context
  ) throws {
    for (index, parameter) in definition.parameters.enumerated() {
      if index < positional.count {
        context.scope.set(parameter.name, positional[index])
        if keywords.contains(where: { $0.name == parameter.name }) {
          throw context.fail(
            .type, "macro `\(definition.name)` got several values for `\(parameter.name)`")
        }
      } else if let match = keywords.firstIndex(where: { $0.name == parameter.name }) {
        context.scope.set(parameter.name, keywords.remove(at: match).value)
      } else if let fallback = parameter.fallback {
        context.scope.set(parameter.name, try context.evaluate(fallback))
      } else {
        context.site = definition.site
        context.scope.set(
          parameter.name,
          context.undefined(
            .hint(
              "the parameter `\(parameter.name)` of macro `\(definition.name)` was not given")))
      }
    }
  }
}

/// What `import` binds: the names a template set at its top.
final class ModuleObject: TemplateObject {
  let name: String
  let names: [String: Item]
  private let text: Item

  init(name: String, names: [String: Item], text: Item) {
    self.name = name
    self.names = names.filter { !$0.key.hasPrefix("_") }
    self.text = text
  }

  var typeName: String { "TemplateModule" }
  var holdsSecret: Bool { text.holdsSecret }
  func representation(in context: Context) throws -> String { try context.string(text) }
  func attribute(_ name: String, in context: Context) throws -> Item? { names[name] }
  func exported(in context: Context) throws -> Item? { text }
}

/// `super`: the same block in the template that is extended.
final class SuperBlock: TemplateObject {
  private let block: Statement.Block
  private let level: Int
  private let run: TemplateRun

  init(_ block: Statement.Block, level: Int, run: TemplateRun) {
    self.block = block
    self.level = level
    self.run = run
  }

  var typeName: String { "BlockReference" }
  var isCallable: Bool { true }

  func attribute(_ name: String, in context: Context) throws -> Item? {
    guard name == "super", level + 1 < run.blocks[block.name]?.count ?? 0 else { return nil }
    return .object(SuperBlock(block, level: level + 1, run: run))
  }

  func call(_ arguments: CallArguments, in context: Context) throws -> Item {
    try context.capture { try context.block(block, at: level) }
  }
}

/// `self`: the blocks of this template as functions.
final class SelfObject: TemplateObject {
  private let run: TemplateRun

  init(_ run: TemplateRun) { self.run = run }

  var typeName: String { "TemplateReference" }

  func representation(in context: Context) throws -> String { "<TemplateReference None>" }

  func attribute(_ name: String, in context: Context) throws -> Item? {
    guard let block = run.blocks[name]?.first?.block else { return nil }
    return .object(SuperBlock(block, level: 0, run: run))
  }
}
