import Schema

/// The entries of a dictionary that is never built as a whole: the variables of other hosts.
enum LazyEntries {
  /// One dictionary of variables for each key.
  case scopes(any VariableScopes, Renderer)
  /// The variables that a renderer has, rendered in its scope.
  case variables(Renderer)

  var keys: [Value] {
    switch self {
    case .scopes(let scopes, _): scopes.keys.map(Value.string)
    case .variables(let renderer): renderer.variables.names.map(Value.string)
    }
  }

  /// The entry under a key; nil where there is none.
  func item(under key: Value) throws -> Item? {
    guard let name = key.string else { return nil }
    switch self {
    case .scopes(let scopes, let renderer):
      return scopes.variables(under: name).map { variables in
        .dict(DictBox(lazy: .variables(renderer.over(variables))))
      }
    case .variables(let renderer):
      guard let value = try renderer.variables.value(named: name) else { return nil }
      return Item(data: try renderer.render(value))
    }
  }
}

extension Renderer {
  /// The same renderer over other variables.
  fileprivate func over(_ variables: any Variables) -> Renderer {
    Renderer(variables: variables, resources: resources, clock: clock, seed: seed)
  }
}
