import Diagnostics
import Model
import ModuleKit
import Schema
import Template
import Transport

/// One host's way through one play: walks the instructions in order, observes far ahead, sends steps when it may.
actor Lane {
  let run: Run
  let play: CompiledPlay
  let host: Host
  /// The host's place in the play.
  let place: Int
  var queue: [Instruction]
  var blocks = BlockStates()
  var batch = Batch()
  /// Handlers that were notified, by their places in the play's; the value says why it is in doubt, if it is.
  var notified: [Int: Unknown?] = [:]
  /// What the rest of this dry run takes for granted, as phrases.
  var assuming: [String] = []
  /// How often a failure has made the lane jump; whoever awaited a flush looks whether it did.
  var jumps = 0
  /// Links lost on the way.
  var losses = 0
  /// Whether the play may send steps to the host already.
  var isOpen = false
  var blockNumber = 10_000
  /// The block around what is worked on, where hosts take turns.
  var rollingBlock: RollingTurns.Block?
  /// Those of the play, and of roles that were included on the way.
  var handlers: [Instruction]

  init(run: Run, play: CompiledPlay, host: Host, place: Int) {
    self.run = run
    self.play = play
    self.host = host
    self.place = place
    queue = play.instructions
    handlers = play.handlers
  }

  var setup: RunSetup { run.setup }
  var isDry: Bool { !setup.options.mode.changesHosts }

  /// Walks the play to its end.
  func walk() async {
    if let cause = play.barred[host.name] { return await leave(blockedBy: cause) }
    if case .failed(let cause) = await run.ownTurn(play, place) {
      await leave(blockedBy: cause)
      return
    }
    if play.waitsToBegin, let cause = await mayAct() { return await leave(blockedBy: cause) }
    await loadVarsFiles()
    repeat {
      while let next = queue.first {
        if _Concurrency.Task.isCancelled { return await leave(blockedBy: "interruption") }
        if run.fates.isOver(play) {
          queue.removeAll()
          break
        }
        if let cause = run.fates.abortion(of: play.play.number), blocks.failure == nil {
          guard isOpen || !batch.isEmpty else { return await leave(blockedBy: cause) }
          await give(up: next, blockedBy: cause)
          continue
        }
        queue.removeFirst()
        if await enters(next) { await take(next) }
      }
      await flush()
    } while !queue.isEmpty
    await end()
  }

  // MARK: - Instructions

  private func take(_ instruction: Instruction) async {
    guard blocks.admits(instruction.places) else {
      await close(instruction, blocks.failure == nil ? .succeeded : .failed(cause: host.name))
      return
    }
    switch instruction.act {
    case .task(let task) where task.isLanguage("meta"):
      await meta(task, instruction)
    case .task(let task) where task.isLanguage("include_vars"):
      await includeVars(task, instruction)
    case .task(let task):
      await work(task, instruction)
    case .include(let include):
      if await settled(instruction) { await self.include(include, instruction) }
    case .flushHandlers:
      if await settled(instruction) { runHandlers(instruction) }
    case .handlers(let first):
      if await settled(instruction) { runHandlers(from: first, instruction) }
    case .close:
      if await settled(instruction) { await finish(instruction.position, .succeeded) }
    }
  }

  /// Whether nothing is waiting to be sent; else sends it, and the instruction comes again.
  func settled(_ instruction: Instruction) async -> Bool {
    if batch.isEmpty { return true }
    queue.insert(instruction, at: 0)
    await flush()
    return false
  }

  /// Ends the instruction's node, where it has one of its own.
  func close(_ instruction: Instruction, _ outcome: Coordinator.Outcome) async {
    if instruction.ownsNode { await finish(instruction.position, outcome) }
    if case .close = instruction.act { await finish(instruction.position, outcome) }
  }

  private func finish(_ position: Int, _ outcome: Coordinator.Outcome) async {
    await run.coordinator.finish(play.nodes.task(position, place), outcome)
  }

  /// Waits until the play may act on the host; the name of what it needs and has failed, if so.
  func mayAct() async -> String? {
    if !isOpen {
      if case .failed(let cause) = await run.coordinator.finished(play.nodes.start(place)),
        case .failed = await run.ownTurn(play, place)
      {
        return cause
      }
      isOpen = true
    }
    return abortion
  }

  /// Why nothing more is to be done in the play; nil on a host that has failed itself, whose `always` sections run.
  private var abortion: String? {
    blocks.failure == nil ? run.fates.abortion(of: play.play.number) : nil
  }

  /// Waits until the steps of an instruction may be sent; the name of what it needs and has failed, if so.
  func mayStep(_ instruction: Instruction) async -> String? {
    if let cause = await mayAct() { return cause }
    guard instruction.ownsNode else { return nil }
    let node = play.nodes.task(instruction.position, place)
    if case .failed(let cause) = await run.coordinator.ready(for: node) { return cause }
    return abortion
  }

  // MARK: - The end

  /// The host is out of the play before it did anything more.
  func leave(blockedBy cause: String) async {
    if let first = queue.first(where: { $0.task != nil }) { reportBlocked(first, by: cause) }
    run.blocked(host.name, in: play)
    await end(failed: cause)
  }

  /// The play is over for all hosts because of what happened on others; `always` sections still run here.
  private func give(up next: Instruction, blockedBy cause: String) async {
    await flush()
    if let first = queue.first(where: { $0.task != nil }) { reportBlocked(first, by: cause) }
    run.blocked(host.name, in: play)
    blocks.failForGood(TaskFailure("blocked", "blocked by \(cause)"), at: next.places)
  }

  /// Said once of a host.
  func reportBlocked(_ instruction: Instruction, by cause: String) {
    guard run.fates.isNewlyBlocked(host.name) else { return }
    run.report(
      TaskReport(
        host: host.name, play: play.name, task: instruction.title,
        module: instruction.task?.module ?? "", span: instruction.span,
        path: instruction.task?.path ?? "", outcome: .blocked(by: cause)))
  }

  private func end() async { await end(failed: blocks.failure == nil ? nil : host.name) }

  private func end(failed cause: String?) async {
    let outcome: Coordinator.Outcome = cause.map { .failed(cause: $0) } ?? .succeeded
    await run.turns.end(play.number, host.name, failed: cause != nil)
    for position in play.instructions.indices { await finish(position, outcome) }
    await run.coordinator.finish(play.nodes.end(place), outcome)
  }
}
