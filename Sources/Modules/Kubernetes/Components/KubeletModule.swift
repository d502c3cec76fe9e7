import Diagnostics
import ModuleKit
import Schema
import YAML

/// `kubelet`: this host's kubelet: its configuration, its unit, and that it runs with them.
struct KubeletModule: StateModule {
  let configuration: ComponentConfiguration
  /// Whether kubeReserved is worked out from the host's processors and memory.
  let reserves: Bool
  let configFile: WholeFile
  let stateFolder: HostPath
  let service: ComponentService

  func reads(given facts: FactView) -> [FactRequest] {
    var reads =
      withConfiguration(facts).reads(given: facts)
      + ManagerState.all.map { ContentFact.request(content: $0.path(stateFolder)) } + [
        ContentFact.request(content: resolvers)
      ]
    if reserves { reads.append(FactRequest(HardwareFact.self)) }
    return reads
  }

  private var resolvers: HostPath {
    configuration["resolvConf"]?.string.flatMap { HostPath($0) }
      ?? HostPath.root.appending("etc/resolv.conf")
  }

  /// The service with the text of its configuration, as far as that is known.
  private func withConfiguration(_ facts: FactView) -> ComponentService {
    var service = service
    service.files = [(configFile, text(facts.known(HardwareFact.self)))]
    return service
  }

  private func text(_ hardware: HardwareFact?) -> String {
    guard reserves, let hardware else { return configuration.text }
    var configuration = configuration
    var pods = 110
    if case .int(let count) = configuration["maxPods"] { pods = count }
    configuration.set(
      "kubeReserved",
      .dict(
        KubeletReserve.reserve(
          processors: hardware.cpus, memoryBytes: hardware.memoryBytes, pods: pods)))
    return configuration.text
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    try checkResolvers(facts)
    if reserves { _ = try facts.fact(HardwareFact.self) }
    let (states, fields) = try drainReasons(facts)
    let removal =
      states.isEmpty
      ? []
      : [
        Step(
          "stop kubelet.service and forget what its managers remember",
          """
          systemctl stop -- kubelet.service
          rm -f -- \(words: states.map { $0.path(stateFolder).string })
          """, footprint: .any)
      ]
    let isDrained = !states.isEmpty || !fields.isEmpty
    var changes = try withConfiguration(facts).changes(
      from: facts, restartBlast: isDrained ? .drain : .restart, before: removal)
    // The kubelet did start with the new settings, and went on with what it remembered: or it does not start at all.
    if !states.isEmpty, !changes.contains(where: { $0.blast == .drain }) {
      changes.insert(
        Change(
          "kubelet.service", "remembered policy",
          from: .text(states.map(\.file).joined(separator: ", ")), to: .absent, steps: removal,
          blast: .drain), at: 0)
    }
    return changes
  }

  /// CoreDNS asks whom the node asks: an address of the node itself would be CoreDNS's own loopback.
  private func checkResolvers(_ facts: FactView) throws(Obstacle) {
    let fact = facts.known(ContentFact.self, resolvers.string)
    let text = fact?.content.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
    for line in text.fileLines {
      let words = line.words
      guard words.count > 1, words[0] == "nameserver",
        words[1].hasPrefix("127.") || words[1] == "::1"
      else { continue }
      throw .refusing(
        "kubelet-resolvers",
        "\(resolvers) names \(words[1]), which inside of a pod is the pod itself",
        help: "with systemd-resolved write `resolvConf: /run/systemd/resolve/resolv.conf`")
    }
  }

  /// What makes pods move: state files of managers that remember another policy, and fields that shrink what pods may have.
  private func drainReasons(
    _ facts: FactView
  ) throws(Obstacle) -> (states: [ManagerState], fields: [String]) {
    var states: [ManagerState] = []
    for state in ManagerState.all {
      let path = state.path(stateFolder)
      guard let content = try facts.fact(ContentFact.self, path.string)?.content else { continue }
      let wished = configuration[state.field]?.string ?? "none"
      guard let found = state.policy(String(decoding: content.bytes, as: UTF8.self)) else {
        continue
      }
      if found.lowercased() != wished.lowercased() { states.append(state) }
    }
    guard let content = try facts.fact(ContentFact.self, configFile.path.string)?.content else {
      return (states, [])
    }
    let found = String(decoding: content.bytes, as: UTF8.self)
    let wished = text(facts.known(HardwareFact.self))
    let version = isOtherMinor(facts) ? ["version"] : []
    if found == wished { return (states, version) }
    guard let before = Self.fields(found), let after = Self.fields(wished) else {
      return (states, [])
    }
    var reasons = Self.drainingFields.filter { before[$0] != after[$0] } + version
    if case .int(let old) = before["maxPods"] ?? .int(110),
      case .int(let new) = after["maxPods"] ?? .int(110),
      new < old
    {
      reasons.append("maxPods")
    }
    if before["reservedSystemCPUs"] != after["reservedSystemCPUs"]
      || before["cpuManagerPolicyOptions"] != after["cpuManagerPolicyOptions"]
    {
      states.appendOnce(.processors)
    }
    if before["reservedMemory"] != after["reservedMemory"] { states.appendOnce(.memory) }
    return (states, reasons)
  }

  /// Whether the kubelet that runs is of another minor version: pods do not outlive that change for certain
  /// (kubernetes.io, "Upgrading kubeadm clusters").
  private func isOtherMinor(_ facts: FactView) -> Bool {
    var running = facts.known(ServiceProcessFact.self, service.processName)?.version ?? ""
    if running.isEmpty,
      case .present(let former)? = facts.former(ProgramVersionFact.self, service.program.string)
    {
      running = former.text
    }
    return KubernetesVersion.minor(of: running).map { $0 != service.version.minor } ?? false
  }

  /// Fields whose change takes pods something that they have.
  private static let drainingFields = [
    "cgroupDriver", "cpuManagerPolicy", "cpuManagerPolicyOptions", "memoryManagerPolicy",
    "reservedMemory", "reservedSystemCPUs", "topologyManagerPolicy", "topologyManagerScope",
    "kubeReserved", "systemReserved",
  ]

  private static func fields(_ text: String) -> Value? {
    var bag = DiagnosticBag()
    let trees = parseYAML(SourceFile(name: "config.yaml", bytes: Array(text.utf8)), into: &bag)
    guard !bag.hasErrors, let root = trees.first?.root else { return nil }
    return Value(root, trusted: false)
  }

  func result(before: FactView, after: FactView, replies: [StepReply]) -> ValueMap {
    var result = service.result(after)
    let changes = (try? changes(from: before)) ?? []
    result["drain"] = .bool(changes.contains { $0.blast >= .drain })
    result["was_running"] = .bool(before.known(UnitFact.self, service.unitName)?.isActive ?? false)
    return result
  }
}

/// What a manager of the kubelet remembers across restarts, and holds against another policy by not starting.
struct ManagerState: Sendable, Equatable {
  let file: String
  let field: String

  static let processors = ManagerState(file: "cpu_manager_state", field: "cpuManagerPolicy")
  static let memory = ManagerState(file: "memory_manager_state", field: "memoryManagerPolicy")
  static let all = [processors, memory]

  func path(_ folder: HostPath) -> HostPath { folder.appending(file) }

  /// `policyName` of its JSON; nil where it cannot be read.
  func policy(_ text: String) -> String? {
    let parts = text.split(separator: #""policyName":""#, maxSplits: 1)
    guard parts.count == 2 else { return nil }
    return parts[1].halves(at: "\"").map { String($0.before) }
  }
}

extension [ManagerState] {
  fileprivate mutating func appendOnce(_ state: ManagerState) {
    if !contains(state) { append(state) }
  }
}
