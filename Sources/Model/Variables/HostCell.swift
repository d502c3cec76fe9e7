import OrderedCollections
import Schema
import Synchronization

/// What a run adds to the variables of one host.
final class HostCell: Sendable {
  private struct State {
    var facts = ValueMap()
    var factVariables: [String: Variable] = [:]
    var included: [String: Variable] = [:]
    var set: [String: Variable] = [:]
    var varsFiles: [Int: [String: Variable]] = [:]
  }

  private let state = Mutex(State())

  func set(_ name: String, _ variable: Variable, _ level: VariableLevel) {
    state.withLock { state in
      if level == .includeVars {
        state.included[name] = variable
      } else {
        state.set[name] = variable
      }
    }
  }

  func setVarsFiles(_ variables: [String: Variable], play: Int) {
    state.withLock { state in
      state.varsFiles[play, default: [:]].merge(variables) { _, later in later }
    }
  }

  /// Facts that are variables under their own name too: results of `package_facts`, `service_facts`, `getent`.
  private static let unprefixed: Set = ["packages", "services"]

  func addFacts(_ facts: ValueMap) {
    let origin = Origin(.hostFacts)
    state.withLock { state in
      for (key, value) in facts.entries {
        guard let name = key.string else { continue }
        state.facts[name] = value
        let variable = name.hasPrefix("ansible_") ? name : "ansible_\(name)"
        state.factVariables[variable] = Variable(value, origin)
        if HostCell.unprefixed.contains(name) || name.hasPrefix("getent_") {
          state.factVariables[name] = Variable(value, origin)
        }
      }
    }
  }

  func clearFacts() {
    state.withLock { state in (state.facts, state.factVariables) = ([:], [:]) }
  }

  /// The strongest of what the run set: `set_fact` and `register`, then `include_vars`.
  func assigned(_ name: String) -> Variable? {
    state.withLock { $0.set[name] ?? $0.included[name] }
  }

  func fact(_ name: String) -> Variable? { state.withLock { $0.factVariables[name] } }

  func varsFile(_ name: String, play: Int) -> Variable? {
    state.withLock { $0.varsFiles[play]?[name] }
  }

  /// `ansible_facts`.
  var facts: ValueMap { state.withLock { $0.facts } }

  /// Everything the run set under a name, strongest first.
  func history(_ name: String, play: Int?) -> [Variable] {
    state.withLock { state in
      [
        state.set[name], state.included[name], play.flatMap { state.varsFiles[$0]?[name] },
        state.factVariables[name],
      ].compactMap(\.self)
    }
  }

  /// All names that the run set.
  var names: Set<String> {
    state.withLock { state in
      Set(state.set.keys).union(state.included.keys).union(state.factVariables.keys)
        .union(state.varsFiles.values.flatMap(\.keys))
    }
  }
}
