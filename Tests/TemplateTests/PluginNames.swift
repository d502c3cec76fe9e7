@testable import Template

/// Everything that templates can call, by name: kept apart from tests, for `Test` has two meanings there.
enum PluginNames {
  static let filters = Filter.names
  static let tests = Test.names
  static let lookups = Lookups.names
  static let textMethods = (Template.textMethods + textPredicates + textPlacing).map(\.name)
}
