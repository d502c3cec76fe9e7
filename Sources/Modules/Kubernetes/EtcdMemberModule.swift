import Diagnostics
import ModuleKit
import Schema

/// `etcd_member`: this host's member of an etcd cluster: its settings, its unit, and its place in the cluster.
struct EtcdMemberModule: StateModule {
  let name: String
  let peerURLs: [String]
  /// Peer URLs of the members of a new cluster, by name.
  let members: EtcdMembers
  let token: String
  let client: EtcdClient
  /// This member's own client URL.
  let ownEndpoint: String
  let dataFolder: HostPath
  let unit: String
  let user: String
  let settings: EtcdSettings
  let unitFile: WholeFile
  let settingsFile: WholeFile
  /// What counts on a first start.
  let initialFile: EtcdInitialFile
  let unitText: String
  let beginsCluster: Bool
  let replaces: Bool
  /// In seconds.
  let timeout: Int

  func reads(given facts: FactView) -> [FactRequest] {
    var reads =
      unitFile.reads(given: facts) + settingsFile.reads(given: facts) + [
        FactRequest(UnitFact.self, unit), FactRequest(EtcdProcessFact.self, unit),
        FactRequest(FileFact.self, memberFolder.string),
      ] + initialFile.file.reads(given: facts)
      + (client.ca.map { [FactRequest(FileFact.self, $0.string)] } ?? [])
    if asksCluster(facts) { reads.append(FactRequest(EtcdClusterFact.self, client.name)) }
    return reads
  }

  /// etcd makes it when it starts for the first time.
  var memberFolder: HostPath { dataFolder.appending("member") }

  /// The first members of a new cluster have nobody to ask.
  private func asksCluster(_ facts: FactView) -> Bool {
    !beginsCluster || facts.known(FileFact.self, memberFolder.string) != nil
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    var changes =
      try unitFile.changes(to: unitText, from: facts)
      + settingsFile.changes(to: settings.file, from: facts)
    let files = Footprint(Set(changes.flatMap { $0.steps.flatMap(\.footprint.parts) }))
    let state = try facts.fact(UnitFact.self, unit)
    if state?.isEnabled != true || state?.fragment != unitFile.path.string {
      changes.append(enablement(state, after: files))
    }
    if let change = try runningChange(state, facts) {
      changes.append(change)
    } else if !beginsCluster {
      changes += try initialFile.confirmation(facts)
    }
    return changes
  }

  private func runningChange(_ state: UnitFact?, _ facts: FactView) throws(Obstacle) -> Change? {
    let hasData = try facts.fact(FileFact.self, memberFolder.string) != nil
    let isBegun = try initialFile.isNew(facts)
    if beginsCluster, !hasData || isBegun && state?.isActive != true {
      return start(
        "member", from: "no data", to: "member of a new cluster of \(members.all.count)",
        [begin(members.list)])
    }
    let cluster = try facts.fact(EtcdClusterFact.self, client.name)
    guard hasData else { return try joining(cluster) }
    if let cluster, let listed = cluster.members {
      guard let member = cluster.member(named: name, at: peerURLs) else {
        throw .refusing(
          "etcd-not-a-member",
          "`\(name)` has data in \(dataFolder) and is none of the cluster's members (\(EtcdMemberModule.list(listed)))",
          help: "it was removed: move \(dataFolder) away, and it joins as a new member")
      }
      if Set(member.peerURLs) != Set(peerURLs) {
        return move(member)
      }
      if member.isLearner, state?.isActive == true {
        return Change(
          name, "role", from: .text("learner"), to: .text("voting member"),
          steps: [promotion(member.id)], blast: .restart)
      }
    }
    return try restart(state, facts)
  }

  /// Started when it does not run, restarted when it runs with other settings or another program.
  private func restart(_ state: UnitFact?, _ facts: FactView) throws(Obstacle) -> Change? {
    guard let state, state.isActive else {
      return start(
        "active", from: state?.activeState ?? "inactive", to: "active", [launch("start")])
    }
    guard let process = try facts.fact(EtcdProcessFact.self, unit) else { return nil }
    var what = differences(from: process)
    if process.isOutdated { what.append("the program was replaced since") }
    if isAuthorityNewer(than: process, facts) { what.append("the authority was replaced since") }
    if what.isEmpty { return nil }
    var change = start(
      "running settings", from: what.joined(separator: "\n"), to: "as they are written",
      [stand(), launch("restart")])
    change.blast = .restart
    return change
  }

  /// Certificates are read anew at every handshake, whom to trust only at the start.
  private func isAuthorityNewer(than process: EtcdProcessFact, _ facts: FactView) -> Bool {
    guard let start = process.start, let ca = client.ca,
      let changed = facts.known(FileFact.self, ca.string)?.trace?.changed
    else { return false }
    return changed.seconds > start + 1
  }

  /// Settings that the process has otherwise: `ETCD_QUOTA_BACKEND_BYTES: 2147483648, wished 8589934592`.
  private func differences(from process: EtcdProcessFact) -> [String] {
    let wished = settings.environment
    let names = Set(wished.keys).union(process.settings.keys)
    return names.sorted().compactMap { name in
      guard wished[name] != process.settings[name] else { return nil }
      return "\(name): \(process.settings[name] ?? "not set"), wished \(wished[name] ?? "not set")"
    }
  }

  // MARK: - Into a cluster that is there

  private func joining(_ cluster: EtcdClusterFact?) throws(Obstacle) -> Change {
    guard let cluster, let listed = cluster.members else {
      throw .refusing(
        "etcd-no-cluster",
        "`\(name)` has no data in \(dataFolder), and no cluster answers at \(client.endpoints.joined(separator: ", "))",
        help:
          "is a disk not mounted? A first cluster is begun by `new_cluster: true`, on all members together and only when "
          + "none of them has data; one that has lost its quorum is restored from a snapshot")
    }
    if let member = cluster.member(named: name, at: peerURLs) {
      if !member.isStarted {
        return start(
          "member", from: "added and never started", to: "voting member",
          [joining(isAdded: true), promotion(nil)], blast: .restart)
      }
      guard replaces else {
        throw .refusing(
          "etcd-data-lost",
          "`\(name)` is a member (\(member.id)) and its data is not in \(dataFolder)",
          help:
            "is its disk not mounted? If the data is lost: `replace: true` removes the dead member and adds it anew, which "
            + "needs a quorum of the others")
      }
      return start(
        "member", from: "member \(member.id), whose data is lost", to: "voting member",
        [removal(member.id), joining(isAdded: false), promotion(nil)], blast: .restart)
    }
    return start(
      "member", from: "none of \(EtcdMemberModule.list(listed))", to: "voting member",
      [joining(isAdded: false), promotion(nil)], blast: .restart)
  }

  static func list(_ members: [EtcdClusterFact.Member]) -> String {
    members.map { $0.name.isEmpty ? $0.id : $0.name }.sorted().joined(separator: ", ")
  }

  // MARK: - Changes

  private func start(
    _ attribute: String, from before: String, to after: String, _ steps: [Step],
    blast: Blast = .none
  ) -> Change {
    var unit = UnitFact(fresh: self.unit)
    unit.activeState = "active"
    unit.fileState = "enabled"
    unit.fragment = unitFile.path.string
    return Change(
      name, attribute, attribute == "member" ? .create : .update, from: .text(before),
      to: .text(after), steps: steps,
      predicts: [
        Prediction(UnitFact.self, self.unit, .present(unit)),
        Prediction(
          EtcdProcessFact.self, self.unit,
          .present(EtcdProcessFact(settings: settings.environment))),
        Prediction(
          FileFact.self, memberFolder.string,
          .present(
            FileFact(
              .directory, mode: FileMode(bits: 0o700), owner: Account(user), group: Account(user)))),
      ], blast: blast, settle: .seconds(timeout))
  }

  private func enablement(_ state: UnitFact?, after files: Footprint) -> Change {
    var unit = state ?? UnitFact(fresh: self.unit)
    unit.fileState = "enabled"
    unit.fragment = unitFile.path.string
    unit.needsReload = false
    return Change(
      self.unit, "enabled", from: .text(state?.fileState ?? "no such unit"), to: .text("enabled"),
      steps: [
        Step(
          "systemctl enable \(self.unit)",
          "systemctl daemon-reload && systemctl --quiet enable -- \(self.unit)",
          footprint: Footprint([.kind(UnitFact.kind)]))
      ], predicts: [Prediction(UnitFact.self, self.unit, .present(unit))])
  }

  func result(before: FactView, after: FactView, replies: [StepReply]) -> ValueMap {
    let member = after.known(EtcdClusterFact.self, client.name)?.member(named: name, at: peerURLs)
    return [
      "name": .string(name), "member_id": .string(member?.id ?? ""),
      "is_learner": .bool(member?.isLearner ?? false),
    ]
  }
}
