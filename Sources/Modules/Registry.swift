import ModuleKit

/// Every module and every kind of fact of this program, in alphabetical order: the one place where they are listed.
package enum Registry {
  private static let modules: [any Module.Type] = []

  private static let facts: [any Fact.Type] = [
    ContentFact.self,
    FileFact.self,
    IdentityFact.self,
  ]

  package static let all = ModuleRegistry(modules: modules, facts: facts)
}
