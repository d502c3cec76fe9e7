/// The variables of others under one name, such as `hostvars`: a dictionary of dictionaries that nobody builds.
///
/// Templates in the values are rendered in the scope they belong to, when they are used.
package protocol VariableScopes: Sendable {
  /// The keys, in order.
  var keys: [String] { get }

  /// The variables under a key; nil where there is none.
  func variables(under key: String) -> (any Variables)?
}

extension Variables {
  package func scopes(named name: String) -> (any VariableScopes)? { nil }
}
