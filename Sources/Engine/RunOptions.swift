import Diagnostics
import ModuleKit
import Schema
import Transport

/// What the command line says about a run.
package struct RunOptions: Sendable {
  package var mode: RunMode
  /// Tasks without any of these are left out; empty means all.
  package var tags: [String] = []
  package var skipTags: [String] = []
  /// Hosts outside are left out; nil means none.
  package var limit: Set<String>?
  /// Machines talked to at once.
  package var forks = 50
  /// `--force-handlers`: notified handlers run on hosts that fail later.
  package var forcesHandlers = false
  /// The title of the first task to run; those before it are left out.
  package var startAt: String?
  /// `-c`, `-u`, `-b`, `--become-user` and the like; what the inventory and the playbook say wins over all but the passwords.
  package var connection: String?
  package var remoteUser: String?
  package var privateKey: String?
  package var password: String?
  package var become = false
  package var becomeUser: String?
  package var becomeMethod: String?
  package var becomePassword: String?
  /// How long one probe may take.
  package var probeDeadline: Duration = .seconds(20)
  /// How long a step may take that says nothing of its own.
  package var stepDeadline: Duration = .seconds(3600)

  /// Files with public keys of those whose bundles are believed, where `spile_bundle_key` does not say it.
  package var bundleKeys: [String] = []

  package init(mode: RunMode) { self.mode = mode }
}

/// How facts about a host become the variables that Ansible's users know (`ansible_hostname`, ...).
package struct HostFactsSource: Sendable {
  /// What has to be asked.
  package let request: FactRequest
  /// The variables, names with their `ansible_` prefix; nil when the facts are not known.
  package let variables: @Sendable (FactView) -> ValueMap?
  /// What stands for them while nobody knows them and it only matters what else to ask: names without `ansible_`.
  package let typical: ValueMap

  package init(
    request: FactRequest, typical: ValueMap = [:],
    variables: @escaping @Sendable (FactView) -> ValueMap?
  ) {
    self.request = request
    self.typical = typical
    self.variables = variables
  }
}
