import Schema

/// The entries of a dictionary that is never built as a whole: the variables of other hosts.
enum LazyEntries {
  /// One dictionary of variables for each key.
  case scopes(any VariableScopes, Renderer)
  /// The variables that a renderer has, rendered in its scope; the name tells scopes apart.
  case variables(Renderer, scope: String)

  var keys: [Value] {
    switch self {
    case .scopes(let scopes, _): scopes.keys.map(Value.string)
    case .variables(let renderer, _): renderer.variables.names.map(Value.string)
    }
  }

  /// The entry under a key; nil where there is none.
  func item(under key: Value, in context: Context) throws -> Item? {
    guard let name = key.string else { return nil }
    switch self {
    case .scopes(let scopes, let renderer):
      return scopes.variables(under: name).map { variables in
        .dict(DictBox(lazy: .variables(renderer.over(variables), scope: name)))
      }
    case .variables(let renderer, let scope):
      guard let value = try renderer.variables.value(named: name) else { return nil }
      return try context.rendered(value, by: renderer, scope: scope)
    }
  }
}

extension Renderer {
  /// The same renderer over other variables.
  fileprivate func over(_ variables: any Variables) -> Renderer {
    Renderer(variables: variables, resources: resources, clock: clock, seed: seed)
  }
}
