import Model
import Schema
import Synchronization
import Template

/// A host's variables with those that are only known later: results of tasks that have not run, facts nobody asked for.
struct PendingVariables: Variables {
  /// Notes that somebody wanted facts about the host.
  final class Demand: Sendable {
    private let flag = Mutex(false)
    func raise() { flag.withLock { $0 = true } }
    var isRaised: Bool { flag.withLock { $0 } }
  }

  let base: HostVariables
  /// Names that will be set, and by what.
  let pending: [String: Unknown]
  /// Raised when a fact about the host is used before it was read; nil when they are all there.
  let demand: Demand?

  /// Stand in for facts that are not known, by names without `ansible_`; nil where nothing may.
  var typical: ValueMap?

  /// Values that names will have when everything before is done: what `set_fact` comes to.
  var assumed: [String: Value] = [:]

  /// Notes what is read; nil when nobody wants to know.
  var reads: VariableReads?

  /// Names that are the loop's own: they follow from what the loop goes over.
  var loopNames: Dictionary<String, Value>.Keys?

  func value(named name: String) throws(TemplateError) -> Value? {
    guard let reads else { return try found(name) }
    let value: Value?
    do throws(TemplateError) {
      value = try found(name)
    } catch {
      reads.giveUp()
      throw error
    }
    if loopNames?.contains(name) != true { reads.note(name, value) }
    return value
  }

  private func found(_ name: String) throws(TemplateError) -> Value? {
    if let value = assumed[name] { return value }
    if let demand, name == MagicName.facts.rawValue {
      demand.raise()
      return typical.map(Value.dict) ?? unknownFacts
    }
    if let value = try base.value(named: name) { return value }
    if let unknown = pending[name] { return .unknown(unknown) }
    guard let demand, name.hasPrefix(PendingVariables.prefix), !PendingVariables.isConnection(name)
    else { return nil }
    demand.raise()
    return typical?[String(name.dropFirst(PendingVariables.prefix.count))] ?? unknownFacts
  }

  private static let prefix = "ansible_"

  private var unknownFacts: Value { .unknown(Unknown("facts of host `\(base.host.name)`")) }

  var names: [String] {
    reads?.giveUp()
    return base.names + pending.keys
  }

  func scopes(named name: String) -> (any VariableScopes)? {
    guard let scopes = base.scopes(named: name) else { return nil }
    reads?.giveUp()
    return scopes
  }

  /// Names of variables that say how to reach a host, or where the run is: they are never observed.
  private static func isConnection(_ name: String) -> Bool {
    if name.hasPrefix("ansible_ssh_host_key_") { return false }
    return [
      "ansible_become", "ansible_ssh", "ansible_connection", "ansible_python", "ansible_loop",
      "ansible_play", "ansible_role_name", "ansible_parent_role", "ansible_dependent_role",
      "ansible_limit", "ansible_config_file", "ansible_search_path", "ansible_delegated_vars",
    ]
    .contains { name.hasPrefix($0) }
      || [
        "ansible_host", "ansible_port", "ansible_user", "ansible_password",
        "ansible_private_key_file",
        "ansible_index_var", "ansible_shell_type", "ansible_failed_task", "ansible_failed_result",
      ]
      .contains(name)
  }
}
