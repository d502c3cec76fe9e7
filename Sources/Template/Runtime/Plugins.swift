import Schema

/// Calls of filters and tests.
extension Context {
  /// Calls a filter on what a filter block captured, or else on the call's own subject.
  func filter(_ call: Expression.FilterCall, subject: Item?) throws -> Item {
    var arguments = CallArguments()
    if let subject {
      arguments.positional = [subject]
    } else if let expression = call.subject {
      arguments.positional = [try evaluate(expression)]
    }
    if !call.arguments.isEmpty {
      let rest = try evaluate(call.arguments)
      arguments.positional += rest.positional
      arguments.keywords = rest.keywords
    }
    site = call.site
    guard let filter = call.filter else { throw unknownFilter(call.name) }
    return try apply(filter, arguments)
  }

  func unknownFilter(_ name: String) -> TemplateError {
    TemplateError(
      .unknownPlugin, "no filter named `\(name)`", line: 0, name: name,
      suggestions: nearest(name, in: Filter.names))
  }

  func unknownTest(_ name: String) -> TemplateError {
    TemplateError(
      .unknownPlugin, "no test named `\(name)`", line: 0, name: name,
      suggestions: nearest(name, in: Test.names))
  }

  func apply(_ filter: Filter, _ arguments: CallArguments) throws -> Item {
    if let early = notUsable(arguments, filter.traits) { return early }
    let site = site
    return try guarded(arguments) {
      do {
        let bound = try filter.signature.bind(arguments, name: filter.name)
        return try calling(copesWithUndefined: filter.traits.contains(.takesUndefinedElements)) {
          try dataOnly(filter.body(PluginCall(context: self, arguments: bound)))
        }
      } catch let error as TemplateError {
        self.site = site
        throw plugin(error, "filter", filter.name)
      }
    }
  }

  /// What Ansible makes of a filter's result: a range is a list.
  private func dataOnly(_ result: Item) throws -> Item {
    guard isAnsible, case .object(let range as RangeObject) = result else { return result }
    return .items(range.values.map(Item.int))
  }

  /// An undefined or unknown argument that is the result as it stands.
  private func notUsable(_ arguments: CallArguments, _ traits: PluginTraits) -> Item? {
    if traits.contains(.takesAnything) { return nil }
    var unknown: Unknown?
    for argument in arguments.positional {
      if isAnsible, case .undefined = argument { return argument }
      if let reason = argument.unknown { unknown = unknown.map { $0.merging(reason) } ?? reason }
    }
    for (_, argument) in arguments.keywords {
      if isAnsible, case .undefined = argument { return argument }
      if let reason = argument.unknown { unknown = unknown.map { $0.merging(reason) } ?? reason }
    }
    return unknown.map { .value(.unknown($0)) }
  }

  private func plugin(_ error: TemplateError, _ sort: String, _ name: String) -> TemplateError {
    guard error.line == 0 else { return error }
    var error = error
    switch error.kind {
    case .type, .value, .runtime: error.kind = .plugin
    default: break
    }
    if error.kind == .plugin { error.message = "\(sort) `\(name)`: \(error.message)" }
    return error
  }

  func test(_ call: Expression.TestCall) throws -> Item {
    var arguments = CallArguments()
    arguments.positional = [try evaluate(call.subject)]
    if !call.arguments.isEmpty {
      let rest = try evaluate(call.arguments)
      arguments.positional += rest.positional
      arguments.keywords = rest.keywords
    }
    site = call.site
    guard let test = call.test else { throw unknownTest(call.name) }
    let result = try apply(test, arguments)
    guard call.isNegated else { return result }
    if case .undefined(let undefined) = result { throw Interrupt.undefined(undefined) }
    if result.unknown != nil { return result }
    return .bool(try !isTrue(result))
  }

  func apply(_ test: Test, _ arguments: CallArguments) throws -> Item {
    if let early = notUsable(arguments, test.traits) { return early }
    let site = site
    let before = secretCount
    do {
      let bound = try test.signature.bind(arguments, name: test.name)
      return try calling(copesWithUndefined: false) {
        .bool(try test.body(PluginCall(context: self, arguments: bound)))
      }
    } catch Interrupt.undefined(let undefined) where isAnsible {
      return .undefined(undefined)
    } catch Interrupt.unknown(let unknown) {
      return .value(.unknown(unknown))
    } catch let error as TemplateError {
      self.site = site
      let error = plugin(error, "test", test.name)
      throw holdsSecret(arguments, since: before) ? error.withheld : error
    }
  }
}
