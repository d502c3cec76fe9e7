import Diagnostics
import Schema
import Synchronization
import Template

/// The variables of a run: what the inventory and the playbook say, and what the run adds host by host.
///
/// Lanes of many hosts read it while each writes for its own host.
package final class VariableStore: Sendable {
  /// The inventory, with what the run has added to it.
  package var inventory: Inventory { live.withLock { $0.inventory } }
  package let settings: RunSettings
  let extra: [String: Variable]
  /// Answers to `vars_prompt`, by the number of the play.
  let answers: [Int: [String: Variable]]
  /// `groups`.
  var groupsValue: Value { live.withLock { $0.groups } }
  private let live: Mutex<LiveInventory>
  /// Whether the run has added hosts or groups: only then do hosts have to be looked up anew.
  private let isExtended = Atomic<Bool>(false)
  private let cells: [String: HostCell]
  private let lateCells = Mutex<[String: HostCell]>([:])
  private let groupLayers = Mutex<[[String]: GroupLayer]>([:])
  private let plays = Mutex<[Int: PlayHosts]>([:])

  /// The variables of a run before it begins; for `-e` see `ExtraVariables`.
  package init(
    inventory: Inventory, extraVariables: [String: Variable] = [:],
    settings: RunSettings = RunSettings(), answers: [Int: [String: Variable]] = [:]
  ) {
    live = Mutex(LiveInventory(inventory))
    self.settings = settings
    extra = extraVariables
    self.answers = answers
    cells = Dictionary(
      inventory.hosts.map { ($0.name, HostCell()) }, uniquingKeysWith: { first, _ in first })
  }

  /// A host as it is now: with the groups and variables that the run has given it.
  package func current(_ host: Host) -> Host {
    guard isExtended.load(ordering: .acquiring) else { return host }
    return live.withLock { $0.inventory.host(named: host.name) } ?? host
  }

  /// Adds a host or groups to the inventory of the run; whether that changes anything.
  ///
  /// `variables`: what files say about a new group or host.
  package func extend(
    _ addition: InventoryAddition,
    variables: (_ name: String, _ isGroup: Bool) -> [VariableLayer]
  ) -> Bool {
    let isNew = live.withLock { live in
      if live.inventory.holds(addition) { return false }
      live = LiveInventory(
        live.inventory.adding(addition, variables: variables),
        additions: live.additions + [addition])
      return true
    }
    if isNew { isExtended.store(true, ordering: .releasing) }
    return isNew
  }

  /// Takes an inventory that was read again, with what the run has added to it so far (`meta: refresh_inventory`).
  package func refresh(
    _ inventory: Inventory, variables: (_ name: String, _ isGroup: Bool) -> [VariableLayer]
  ) {
    live.withLock { live in
      let extended = live.additions.reduce(inventory) { $0.adding($1, variables: variables) }
      live = LiveInventory(extended, additions: live.additions)
    }
    groupLayers.withLock { $0.removeAll() }
    isExtended.store(true, ordering: .releasing)
  }

  /// The variables as a host sees them.
  ///
  /// `play` is nil outside of plays, `scope` that of the task, block or play; `locals` are the item of a loop and
  /// what goes with it: they win over everything.
  package func variables(
    for host: Host, play: Play? = nil, scope: VariableScope? = nil, locals: [String: Value] = [:]
  ) -> HostVariables {
    HostVariables(
      store: self, host: current(host), play: play, scope: scope ?? play?.keywords.scope,
      locals: locals,
      nesting: 0)
  }

  /// The variables as a task on a host sees them.
  package func variables(
    for host: Host, play: Play, task: Task, locals: [String: Value] = [:]
  ) -> HostVariables {
    var locals = locals
    if let role = task.role, locals["role_name"] == nil { locals["role_name"] = .string(role) }
    return variables(for: host, play: play, scope: task.keywords.scope, locals: locals)
  }

  // MARK: What the run adds

  /// `set_fact` and `register`.
  package func set(_ name: String, to value: Value, on host: Host, origin: Origin? = nil) {
    cell(host.name).set(name, Variable(value, origin ?? Origin(.setFact)), .setFact)
  }

  /// The variables of `include_vars`.
  package func include(_ variables: [String: Variable], on host: Host) {
    for (name, variable) in variables { cell(host.name).set(name, variable, .includeVars) }
  }

  /// The variables of a play's `vars_files` whose paths depend on the host.
  package func includeVarsFiles(_ variables: [String: Variable], on host: Host, play: Play) {
    cell(host.name).setVarsFiles(variables, play: play.number)
  }

  /// Facts of a host, by their names without `ansible_`: entries of `ansible_facts`, and variables with the prefix.
  package func setFacts(_ facts: ValueMap, on host: Host) {
    cell(host.name).addFacts(facts)
  }

  /// Forgets the facts of a host (`meta: clear_facts`); what `set_fact` has set stays.
  package func clearFacts(of host: Host) { cell(host.name).clearFacts() }

  /// Which hosts a play runs on, by batches: `ansible_play_hosts_all`, and what is left of them,
  /// `ansible_play_hosts` and `ansible_play_batch`.
  package func setHosts(of play: Play, batches: [[String]]) {
    let hosts = PlayHosts(batches: batches)
    plays.withLock { $0[play.number] = hosts }
  }

  /// A host has failed or ended its play.
  package func removeHost(_ host: String, from play: Play) {
    plays.withLock { plays in _ = plays[play.number]?.removed.insert(host) }
  }

  func playHosts(_ number: Int) -> PlayHosts? { plays.withLock { $0[number] } }

  // MARK: Layers

  func cell(_ name: String) -> HostCell {
    if let cell = cells[name] { return cell }
    return lateCells.withLock { late in
      if let cell = late[name] { return cell }
      let cell = HostCell()
      late[name] = cell
      return cell
    }
  }

  /// What the groups of a host say, merged; hosts in the same groups share it.
  func groupLayer(of host: Host) -> GroupLayer {
    if let known = groupLayers.withLock({ $0[host.groups] }) { return known }
    let layer = GroupLayer(groups: inventory.groups(of: host))
    groupLayers.withLock { $0[host.groups] = layer }
    return layer
  }
}

/// The inventory as it is at a moment, and `groups` made of it.
private struct LiveInventory: Sendable {
  let inventory: Inventory
  let groups: Value
  /// What the run has added, in order.
  let additions: [InventoryAddition]

  init(_ inventory: Inventory, additions: [InventoryAddition] = []) {
    self.inventory = inventory
    self.additions = additions
    var groups = ValueMap()
    for group in inventory.groups { groups[group.name] = .list(group.hosts.map(Value.string)) }
    self.groups = .dict(groups)
  }
}

/// What does not change during a run and is known under a magic name.
package struct RunSettings: Sendable {
  /// `playbook_dir`.
  package var playbookFolder = "."
  /// `ansible_check_mode`.
  package var isCheckMode = false
  /// `ansible_diff_mode`.
  package var isDiffMode = false
  /// `ansible_forks`.
  package var forks = 5
  /// `ansible_verbosity`, 0 to 5.
  package var verbosity = 0
  /// `ansible_limit`; nil when there is none.
  package var limit: String?
  /// `ansible_run_tags`.
  package var runTags = ["all"]
  /// `ansible_skip_tags`.
  package var skipTags: [String] = []
  /// Variables of the level below all others, such as `ansible_user` from `-u`.
  package var commandLine: [String: Value] = [:]

  package init() {}
}

/// Which hosts a play runs on.
struct PlayHosts: Sendable {
  let batches: [[String]]
  /// Those that have failed or ended.
  var removed: Set<String> = []

  init(batches: [[String]]) { self.batches = batches }

  var all: [String] { batches.flatMap(\.self) }
  var active: [String] { all.filter { !removed.contains($0) } }

  /// What is left of the batch of a host.
  func batch(of host: String) -> [String] {
    (batches.first { $0.contains(host) } ?? []).filter { !removed.contains($0) }
  }
}

/// What the groups of some hosts say, by level and merged.
final class GroupLayer: Sendable {
  /// The strongest variable of each name.
  let merged: [String: Variable]
  /// Everything that was set, weakest first.
  let all: [String: [Variable]]

  /// - Parameter groups: weakest first; of one level the rank of a layer counts before the group.
  init(groups: [Group]) {
    var all: [String: [Variable]] = [:]
    let layers = groups.flatMap(\.layers).enumerated()
      .sorted {
        ($0.element.level, $0.element.rank, $0.offset)
          < ($1.element.level, $1.element.rank, $1.offset)
      }
    for (_, layer) in layers {
      for (name, variable) in layer.variables { all[name, default: []].append(variable) }
    }
    self.all = all
    merged = all.compactMapValues(\.last)
  }
}
