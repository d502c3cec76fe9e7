import Schema
import Template

/// The variables as one host sees them at one place of a playbook: every name at its strongest level.
package struct HostVariables: Variables {
  package let store: VariableStore
  package let host: Host
  package let play: Play?
  package let scope: VariableScope?
  /// The item of a loop and what goes with it.
  package let locals: [String: Value]
  /// How many hosts' views lie around this one: `hostvars` within `hostvars` ends somewhere.
  let nesting: Int
  private let cell: HostCell
  private let groups: GroupLayer

  /// How often a value may lead from one host's variables to another's.
  private static let nestingLimit = 20

  init(
    store: VariableStore, host: Host, play: Play?, scope: VariableScope?, locals: [String: Value],
    nesting: Int
  ) {
    self.store = store
    self.host = host
    self.play = play
    self.scope = scope
    self.locals = locals
    self.nesting = nesting
    cell = store.cell(host.name)
    groups = store.groupLayer(of: host)
  }

  package func value(named name: String) throws(TemplateError) -> Value? {
    guard nesting <= Self.nestingLimit else {
      throw TemplateError(
        .recursion, "`hostvars` leads back to itself more than \(Self.nestingLimit) times")
    }
    if let value = locals[name] { return value }
    if let value = magic(name) { return value }
    return variable(named: name)?.value
  }

  /// The strongest variable of a name, locals and magic names apart; nil where it is not set.
  package func variable(named name: String) -> Variable? {
    if let variable = store.extra[name] { return variable }
    if let variable = scope?.variable(named: name, in: .roleParameters ... .includeParameters) {
      return variable
    }
    if let variable = cell.assigned(name) { return variable }
    if let variable = scope?.variable(named: name, in: .roleVars ... .taskVars) { return variable }
    if let play, let variable = cell.varsFile(name, play: play.number) { return variable }
    if let variable = playVariable(name) { return variable }
    if let variable = cell.fact(name) { return variable }
    if let variable = inventoryVariable(name) { return variable }
    if let variable = scope?.variable(named: name, in: .roleDefaults ... .roleDefaults) {
      return variable
    }
    return store.settings.commandLine[name].map { Variable($0, Origin(.commandLine)) }
  }

  /// What the play says: its files of variables, what was asked for, its `vars`.
  private func playVariable(_ name: String) -> Variable? {
    guard let play, let answer = store.answers[play.number]?[name] else {
      return scope?.variable(named: name, in: .playVars ... .playVarsFiles)
    }
    return scope?.variable(named: name, in: .playVarsFiles ... .playVarsFiles) ?? answer
  }

  /// Everything that sets a name, the winner first.
  package func explain(_ name: String) -> [Variable] {
    var found: [Variable] = []
    if let value = locals[name] { found.append(Variable(value, Origin(.loop))) }
    if let value = magic(name) { found.append(Variable(value, Origin(.magic))) }
    if let variable = store.extra[name] { found.append(variable) }
    found += cell.history(name, play: play?.number)
    if let play, let answer = store.answers[play.number]?[name] { found.append(answer) }
    for part in scope.map({ Array($0.chain) }) ?? [] {
      if let variable = part.variables[name] { found.append(variable) }
    }
    found += host.layers.reversed().compactMap { $0.variables[name] }
    found += (groups.all[name] ?? []).reversed()
    if let value = store.settings.commandLine[name] {
      found.append(Variable(value, Origin(.commandLine)))
    }
    // What a role exports to its play is seen twice: from there, and from its own tasks.
    var places: Set<Origin> = []
    return found.enumerated()
      .sorted { ($1.element.origin.level, $0.offset) < ($0.element.origin.level, $1.offset) }
      .map(\.element)
      .filter { $0.origin.span == nil || places.insert($0.origin).inserted }
  }

  package var names: [String] {
    var names = Set(locals.keys).union(store.extra.keys).union(MagicName.allCases.map(\.rawValue))
    names.formUnion(cell.names)
    for part in scope.map({ Array($0.chain) }) ?? [] { names.formUnion(part.variables.keys) }
    names.formUnion(inventoryNames)
    return names.sorted()
  }

  /// What the inventory says, and the files of variables beside it and the playbook.
  private func inventoryVariable(_ name: String) -> Variable? {
    host.merged[name] ?? groups.merged[name]
  }

  /// The names that the inventory sets for the host.
  package var inventoryNames: Set<String> {
    Set(groups.merged.keys).union(host.merged.keys)
  }
}
