import Diagnostics
import Model
import ModuleKit
import Schema
import Template
import Transport

/// How a lane works on one task.
extension Lane {
  func work(_ task: Model.Task, _ instruction: Instruction) async {
    guard await isAlone(task, instruction) else { return }
    do throws(Diagnostic) {
      if try runsOnce(task), await follows(task, instruction) { return }
      guard let items = try await decided(task, instruction) else { return }
      let permits = try task.keywords.throttle?.value(renderer(task)).known
      guard !isDry, let throttle = run.throttle(task.number, at: permits) else {
        return await work(items, instruction)
      }
      if let cause = await mayStep(instruction) {
        return await leave(at: instruction, blockedBy: cause)
      }
      await throttle.pass {
        await work(items, instruction)
        await flush()
      }
    } catch {
      await fail(TaskFailure(error), instruction)
    }
  }

  /// Whether the batch has nothing that the task must wait for; else sends it, and the task comes again.
  private func isAlone(_ task: Model.Task, _ instruction: Instruction) async -> Bool {
    if batch.isEmpty { return true }
    let module = setup.registry.module(named: task.module)
    let isState = module?.shape == .state
    let joins = instruction.isLinear || previousIsLinear(instruction)
    let alone =
      !isState || joins || task.until != nil || task.keywords.throttle != nil
      || task.retries != nil || task.keywords.checkMode != nil
      || task.loop?.control.breakWhen.isEmpty == false
      || task.keywords.delegateTo != nil
      || !instruction.mentions.isDisjoint(with: batch.registers)
      || (sendsFile(task, module?.manual)
        && run.machine(of: batch.machine, play: play).isController)
      || module?.manual.controllerWriters.contains { task.arguments[$0] != nil } == true
    return alone ? await settled(instruction) : true
  }

  /// Whether the task sends a file of the controller, which steps there may be about to write.
  private func sendsFile(_ task: Model.Task, _ manual: Manual?) -> Bool {
    task.arguments.keys.contains { name in
      switch manual?.parameter(named: name)?.treatment {
      case .controllerFile, .controllerTree, .controllerArchive, .controllerScript, .templateFile,
        .kept, .bundle:
        true
      default: false
      }
    }
  }

  private func previousIsLinear(_ instruction: Instruction) -> Bool {
    instruction.ownsNode && instruction.position > 0
      && play.instructions[instruction.position - 1].isLinear
  }

  // MARK: - run_once

  private func runsOnce(_ task: Model.Task) throws(Diagnostic) -> Bool {
    if task.isLanguage("add_host") { return true }
    guard let setting = task.keywords.runOnce else { return false }
    return try setting.value(renderer(task)).known ?? false
  }

  /// The variables of a task, without items.
  func renderer(_ task: Model.Task) -> Renderer {
    setup.renderer(
      setup.variables.variables(for: host, play: play.play, task: task), task.folders)
  }

  /// Waits for the first host of the play that can do it; true when that was another one, whose result is taken over.
  private func follows(_ task: Model.Task, _ instruction: Instruction) async -> Bool {
    guard instruction.ownsNode else { return false }
    for candidate in play.hosts.indices {
      if candidate == place { return false }
      let outcome = await run.coordinator.finished(play.nodes.task(instruction.position, candidate))
      guard let published = run.fates.published(play.number, instruction.position) else { continue }
      for (variable, value) in published { setup.variables.set(variable, to: value, on: host) }
      if case .failed(let cause) = outcome {
        await share(
          TaskFailure("blocked", "blocked by `\(task.title)` on \(cause)"), of: instruction,
          blockedBy: "`\(task.title)` on \(cause)")
      } else {
        await close(instruction, .succeeded)
      }
      return true
    }
    return false
  }

  /// A failure on another host counts on this one too: rescued where there is a `rescue`, else the end.
  func share(
    _ failure: TaskFailure, of instruction: Instruction, blockedBy cause: String
  ) async {
    if blocks.fail(failure, at: instruction.places) {
      run.rescued(host.name)
      await close(instruction, .succeeded)
    } else {
      reportBlocked(instruction, by: cause)
      run.blocked(host.name, in: play)
      await close(instruction, .failed(cause: cause))
    }
  }

  private func leave(at instruction: Instruction, blockedBy cause: String) async {
    queue.insert(instruction, at: 0)
    let failure = TaskFailure("blocked", "blocked by \(cause)")
    _ = blocks.fail(failure, at: [])
    await leave(blockedBy: cause)
    queue.removeAll()
  }

  // MARK: - Deciding

  /// The items, with everything observed that they want to know; nil when the lane has to come back to it.
  private func decided(
    _ task: Model.Task, _ instruction: Instruction
  ) async throws(Diagnostic) -> [ItemWork]? {
    if waitsToRead(task, instruction), let cause = await mayStep(instruction) {
      await leave(at: instruction, blockedBy: cause)
      return nil
    }
    while true {
      let evaluator = await evaluator(instruction).adding(instruction.locals)
      let work = try evaluator.work(task)
      if evaluator.demand.isRaised {
        guard await settled(instruction) else { return nil }
        let jumped = jumps
        try await observeHostFacts(instruction)
        if jumps != jumped || run.isLost(host.name) { return nil }
        continue
      }
      switch work {
      case .skipped(let reason):
        let passes = task.register == nil ? nil : evaluator.passes(task)
        await skip(instruction, reason, passes)
        return nil
      case .unknown(let unknown):
        await doubt(instruction, unknown)
        return nil
      case .items(var items):
        if let doubt = instruction.doubt {
          for index in items.indices where items[index].truth == .yes {
            items[index].truth = .unknown(doubt)
          }
        }
        let jumped = jumps
        let isMade = try await makePostponed(&items, instruction)
        if isMade, try await observeAll(items, instruction) { return items }
        if jumps != jumped || run.isLost(host.name) { return nil }
        if !batch.isEmpty {
          _ = await settled(instruction)
          return nil
        }
      }
    }
  }

  /// Tasks that look at other hosts' results wait before they look; all others only before they act.
  private func waitsToRead(_ task: Model.Task, _ instruction: Instruction) -> Bool {
    task.keywords.delegateTo != nil || instruction.mentions.contains("hostvars")
      || instruction.mentions.contains("groups") && play.extendsInventory
      || instruction.mentions.contains("ansible_play_hosts")
  }

  /// Makes the modules that need to know something of the host first; false where it was asked for just now.
  private func makePostponed(
    _ items: inout [ItemWork], _ instruction: Instruction
  ) async throws(Diagnostic) -> Bool {
    for index in items.indices where items[index].truth != .no {
      guard let postponed = items[index].postponed else { continue }
      let item = items[index]
      let view = await self.view(item)
      let missing = postponed.reads(view).filter { !view.answers($0) }
      guard missing.isEmpty else {
        if batch.isEmpty {
          await observe(missing, on: item.machine, as: item.privilege, beyond: instruction)
        }
        return false
      }
      if let module = try postponed.module(view) { items[index].module = .known(module) }
    }
    return true
  }

  /// Whether everything is known that the items want to know; if not, asks for it.
  private func observeAll(_ items: [ItemWork], _ instruction: Instruction) async throws(Diagnostic)
    -> Bool
  {
    var views: [Place: FactView] = [:]
    for item in items where item.truth != .no {
      guard case .known(let module) = item.module else { continue }
      let place = Place(machine: item.machine, privilege: item.privilege)
      let view: FactView
      if let known = views[place] {
        view = known
      } else {
        view = await self.view(item)
        views[place] = view
      }
      let missing = module.reads(given: view).filter { !view.answers($0) }
      if missing.isEmpty { continue }
      if !batch.isEmpty { return false }
      await observe(missing, on: item.machine, as: item.privilege, beyond: instruction)
      return false
    }
    return true
  }

  // MARK: - Ends without work

  /// `passes`: the variables of each pass of the loop that is left out; nil without a loop.
  func skip(
    _ instruction: Instruction, _ reason: String, _ passes: [[String: Value]]? = nil
  ) async {
    let taskRun = TaskRun(instruction, node: nil, items: [], started: run.clock.now)
    taskRun.leftOut = passes
    taskRun.results[0] = ItemResult(result: .skipped(reason), outcome: .skipped(reason: reason))
    await conclude(taskRun)
  }

  /// Dry run: what it would do is only known later.
  func doubt(_ instruction: Instruction, _ unknown: Unknown) async {
    guard isDry else {
      await fail(
        TaskFailure("unknown", "what it depends on is not known: \(unknown.summary)"), instruction)
      return
    }
    await settle(
      instruction, ItemResult(result: TaskResult(unknown: unknown), outcome: .maybe(unknown)))
  }

  func fail(_ failure: TaskFailure, _ instruction: Instruction) async {
    await settle(
      instruction, ItemResult(result: TaskResult(failure: failure), outcome: .failed(failure)))
  }

  /// Ends a task whose result needs no item.
  private func settle(_ instruction: Instruction, _ result: ItemResult) async {
    guard await settled(instruction) else { return }
    let taskRun = TaskRun(instruction, node: nil, items: [], started: run.clock.now)
    taskRun.results[0] = result
    await conclude(taskRun)
  }
}

/// Where an item works, and as whom.
private struct Place: Hashable {
  let machine: String
  let privilege: Privilege
}

extension Evaluator {
  /// The same with the variables of the inclusion that the task came by.
  func adding(_ locals: [String: Value]) -> Evaluator {
    var copy = self
    copy.inherited = locals
    return copy
  }
}
