import Diagnostics
import Model
import ModuleKit
import Schema
import Template

/// `meta`: what steers the play itself.
extension Lane {
  func meta(_ task: Model.Task, _ instruction: Instruction) async {
    guard await settled(instruction) else { return }
    do throws(Diagnostic) {
      let action = try action(task)
      if action == .flushHandlers { return runHandlers(instruction) }
      let (truth, isDecider) = try await holds(task, instruction, forAll: action.isForAllHosts)
      switch truth {
      case .yes where action == .refreshInventory && !isDecider: break
      case .yes: await carryOut(action, task, instruction)
      case .no: break
      case .unknown: assuming.append("`meta: \(action.rawValue)` does not apply")
      }
      await close(instruction, .succeeded)
    } catch {
      await fail(TaskFailure(error), instruction)
    }
  }

  private func action(_ task: Model.Task) throws(Diagnostic) -> LanguageModules.MetaAction {
    for source in task.arguments.values {
      guard case .literal(let value, let node) = source.source else { continue }
      return try LanguageModules.MetaAction(
        Argument(value, node: node, span: source.span, path: "meta"))
    }
    return .noop
  }

  /// Whether the condition holds, and whether this host is the one that says so: what concerns all hosts is decided by
  /// the first one of them.
  private func holds(
    _ task: Model.Task, _ instruction: Instruction, forAll: Bool
  ) async throws(Diagnostic) -> (Truth, isDecider: Bool) {
    let word = "meta"
    if forAll, instruction.ownsNode, play.play.strategy == .linear {
      for other in play.hosts.indices where other < place {
        _ = await run.coordinator.finished(play.nodes.task(instruction.position, other))
        guard let decided = run.fates.published(play.number, instruction.position)?[word] else {
          continue
        }
        let truth: Truth =
          decided == .bool(true) ? .yes : decided == .bool(false) ? .no : .unknown(Unknown(word))
        return (truth, false)
      }
    }
    let truth = try await decide(task, instruction)
    if forAll, instruction.ownsNode {
      let value: Value =
        switch truth {
        case .yes: .bool(true)
        case .no: .bool(false)
        case .unknown(let unknown): .unknown(unknown)
        }
      run.fates.publish([word: value], play.number, instruction.position)
    }
    return (truth, true)
  }

  private func decide(
    _ task: Model.Task, _ instruction: Instruction
  ) async throws(Diagnostic) -> Truth {
    while true {
      let evaluator = await evaluator(instruction).adding(instruction.locals)
      let truth = try task.keywords.when.all(evaluator.renderer(task, [:]))
      guard evaluator.demand.isRaised else { return truth }
      try await observeHostFacts(instruction)
      if run.isLost(host.name) { return .no }
    }
  }

  private func carryOut(
    _ action: LanguageModules.MetaAction, _ task: Model.Task, _ instruction: Instruction
  ) async {
    switch action {
    case .flushHandlers, .noop: break
    case .endHost: endHere()
    case .endPlay:
      run.fates.end(play: play.play.number)
      endHere()
    case .endBatch:
      run.fates.end(batch: play.number)
      endHere()
    case .endRole:
      guard let role = task.rolePath else { break }
      queue.removeAll { $0.rolePath?.hasPrefix(role) == true && !$0.closesNode }
    case .clearFacts:
      setup.variables.clearFacts(of: host)
      run.progress.forgetFacts(host.name)
      await run.machine(of: host.name, play: play).forget(.keys(setup.hostFacts.request.key))
    case .clearHostErrors: await run.forgive(play)
    case .resetConnection: await run.machine(of: host.name, play: play).reset()
    case .refreshInventory: refreshInventory()
    }
  }

  /// Reads the sources of the inventory again: later plays take the hosts and variables that are there now.
  private func refreshInventory() {
    let loader = InventoryLoader(disk: setup.disk, playbookFolders: [setup.playbook.folder])
    var bag = DiagnosticBag()
    let inventory = loader.load(sources: setup.inventory.sources, into: &bag)
    for diagnostic in bag.all { run.notice(diagnostic) }
    guard bag.errors.isEmpty else { return }
    setup.variables.refresh(inventory) { name, isGroup in
      loader.variables(of: name, isGroup: isGroup, besides: inventory, into: &bag)
    }
  }

  /// Nothing more of the play on this host; it has not failed.
  private func endHere() {
    setup.variables.removeHost(host.name, from: play.play)
    queue.removeAll { !$0.closesNode }
  }
}

extension LanguageModules.MetaAction {
  /// Whether the first host decides for all.
  fileprivate var isForAllHosts: Bool {
    switch self {
    case .endPlay, .endBatch, .clearFacts, .clearHostErrors, .refreshInventory: true
    case .flushHandlers, .endHost, .endRole, .resetConnection, .noop: false
    }
  }
}

extension Instruction {
  fileprivate var closesNode: Bool {
    if case .close = act { true } else { false }
  }

  /// The place in the playbook of the role's use that it belongs to.
  fileprivate var rolePath: String? {
    switch act {
    case .task(let task): task.rolePath
    case .include(let include): Model.Task.rolePath(include.path, include.role)
    case .flushHandlers, .handlers, .close: nil
    }
  }
}

extension Model.Task {
  fileprivate var rolePath: String? { Self.rolePath(path, role) }

  /// `plays[0].roles[1]<web>` of a path within the role `web`; nil outside of roles.
  fileprivate static func rolePath(_ path: String, _ role: String?) -> String? {
    guard let role, let end = path.ranges(of: "<\(role)>").last?.upperBound else { return nil }
    return String(path[..<end])
  }
}
