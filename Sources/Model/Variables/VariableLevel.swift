import Diagnostics
import Schema

/// Where a variable can be set, from the weakest to the strongest.
///
/// The first 22 are Ansible's, in its order ("Understanding variable precedence", ansible-core 2.19); the last two
/// are names that nobody can override.
package enum VariableLevel: Int, CaseIterable, Sendable, Hashable, Comparable {
  /// Switches such as `-u`; they are not variables, but yield to all of them.
  case commandLine = 1
  case roleDefaults
  case inventoryFileGroup
  case inventoryGroupVarsAll
  case playbookGroupVarsAll
  case inventoryGroupVars
  case playbookGroupVars
  case inventoryFileHost
  case inventoryHostVars
  case playbookHostVars
  case hostFacts
  case playVars
  case playPrompt
  case playVarsFiles
  case roleVars
  case blockVars
  case taskVars
  case includeVars
  case setFact
  case roleParameters
  case includeParameters
  case extraVars
  /// Set by Spile itself: `inventory_hostname`, `groups`.
  case magic
  /// The item of a loop and what goes with it.
  case loop

  package static func < (left: VariableLevel, right: VariableLevel) -> Bool {
    left.rawValue < right.rawValue
  }

  /// What messages call it.
  package var title: String {
    switch self {
    case .commandLine: "command line"
    case .roleDefaults: "role defaults"
    case .inventoryFileGroup: "group in the inventory"
    case .inventoryGroupVarsAll: "inventory group_vars/all"
    case .playbookGroupVarsAll: "playbook group_vars/all"
    case .inventoryGroupVars: "inventory group_vars"
    case .playbookGroupVars: "playbook group_vars"
    case .inventoryFileHost: "host in the inventory"
    case .inventoryHostVars: "inventory host_vars"
    case .playbookHostVars: "playbook host_vars"
    case .hostFacts: "host facts"
    case .playVars: "play vars"
    case .playPrompt: "play vars_prompt"
    case .playVarsFiles: "play vars_files"
    case .roleVars: "role vars"
    case .blockVars: "block vars"
    case .taskVars: "task vars"
    case .includeVars: "include_vars"
    case .setFact: "set_fact or register"
    case .roleParameters: "role parameters"
    case .includeParameters: "include parameters"
    case .extraVars: "extra vars (-e)"
    case .magic: "set by spile"
    case .loop: "loop"
    }
  }
}

/// Where a value was set.
package struct Origin: Sendable, Hashable {
  package var level: VariableLevel
  /// Where it was written; nil for what was computed or given on the command line.
  package var span: Span?
  /// Who set it, where that says more: the name of a group, a role, a task.
  package var owner: String?

  package init(_ level: VariableLevel, span: Span? = nil, owner: String? = nil) {
    self.level = level
    self.span = span
    self.owner = owner
  }
}

/// A value and where it came from.
package struct Variable: Sendable, Hashable {
  /// As written: texts marked as templates are rendered when they are used.
  package var value: Value
  package var origin: Origin

  package init(_ value: Value, _ origin: Origin) {
    self.value = value
    self.origin = origin
  }
}
