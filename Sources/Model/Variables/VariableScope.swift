/// Variables that belong to a place of a playbook (a play, a role, a block, a task), with those around it.
package final class VariableScope: Sendable {
  /// The scope around this one; nil outside of everything.
  package let parent: VariableScope?
  package let level: VariableLevel
  package let variables: [String: Variable]

  package init(
    _ level: VariableLevel, _ variables: [String: Variable], in parent: VariableScope? = nil
  ) {
    self.parent = parent
    self.level = level
    self.variables = variables
  }

  /// This scope and those around it, from the inside out.
  package var chain: UnfoldFirstSequence<VariableScope> {
    sequence(first: self, next: \.parent)
  }

  /// The strongest variable of a name whose level lies in a range; of equal levels the inner one.
  package func variable(named name: String, in levels: ClosedRange<VariableLevel>) -> Variable? {
    var best: (level: VariableLevel, variable: Variable)?
    for scope in chain where levels.contains(scope.level) && scope.level > best?.level ?? .zeroth {
      if let variable = scope.variables[name] { best = (scope.level, variable) }
    }
    return best?.variable
  }
}

extension VariableLevel {
  /// Below every level that a scope can have.
  fileprivate static let zeroth = VariableLevel.commandLine
}
