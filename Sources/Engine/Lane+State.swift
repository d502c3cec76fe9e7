import Model
import ModuleKit
import Schema
import Template
import Transport

/// How a lane brings a thing into its declared state, or foresees in a dry run what that would do.
extension Lane {
  func bring(_ module: any StateModule, _ index: Int, _ taskRun: TaskRun) async {
    do throws(Obstacle) {
      try await decide(module, index, taskRun)
    } catch {
      guard !taskRun.items[index].isChecked else {
        taskRun.results[index] = obstructed(error, taskRun)
        return
      }
      await look(again: module, index, taskRun)
    }
  }

  /// What stands in the way may be gone: what was read long ago may hang on other machines, whose steps forget nothing
  /// of this one (an API server that waited for its etcd).
  private func look(again module: any StateModule, _ index: Int, _ taskRun: TaskRun) async {
    let item = taskRun.items[index]
    let jumped = jumps
    await flush(before: taskRun.instruction)
    if jumps != jumped { return }
    let machine = run.machine(of: item.machine, play: play)
    let reads = module.reads(given: await machine.view(as: item.privilege))
    await machine.forget(Footprint(Set(reads.map { .key($0.key) })))
    do throws(Obstacle) {
      try await decide(module, index, taskRun)
    } catch {
      taskRun.results[index] = obstructed(error, taskRun)
    }
  }

  private func decide(
    _ module: any StateModule, _ index: Int, _ taskRun: TaskRun
  ) async throws(Obstacle) {
    let item = taskRun.items[index]
    guard var (view, reads) = await complete(module.reads, item, taskRun.instruction) else {
      return
    }
    let standsAlone =
      item.machine != batch.machine || item.privilege != batch.privilege || !batch.foresees(reads)
    if !batch.isEmpty, standsAlone {
      guard let observed = await sent(before: module, item, taskRun) else { return }
      view = observed
    }
    var changes = try module.changes(from: view)
    if !item.isChecked, batch.losesResult(to: changes, of: taskRun) {
      guard let observed = await sent(before: module, item, taskRun) else { return }
      view = observed
      changes = try module.changes(from: view)
    }
    if item.isChecked {
      await foresee(changes, module, index, taskRun, view)
    } else if let doubt = await doubt(item, reads) {
      taskRun.results[index] = ItemResult(
        result: TaskResult(unknown: doubt), outcome: .maybe(doubt), changes: changes)
    } else if changes.isEmpty, batch.isEmpty {
      taskRun.results[index] = inSync(module, view)
    } else {
      if batch.isEmpty {
        batch.machine = item.machine
        batch.privilege = item.privilege
      }
      batch.add(
        Batch.Entry(
          run: taskRun, item: index, module: module, reads: reads, before: view, changes: changes))
    }
  }

  private func inSync(_ module: any StateModule, _ view: FactView) -> ItemResult {
    ItemResult(
      result: TaskResult(values: module.result(before: view, after: view, replies: [])),
      outcome: .ok)
  }

  /// Sends the batch before a task that cannot join it; the view afterwards, or nil where the lane has to go elsewhere.
  private func sent(
    before module: any StateModule, _ item: ItemWork, _ taskRun: TaskRun
  ) async -> FactView? {
    let jumped = jumps
    await flush(before: taskRun.instruction)
    if jumps != jumped { return nil }
    return await complete(module.reads, item, taskRun.instruction)?.view
  }

  // MARK: - Dry run

  /// In a dry run, why a task with `check_mode: false` is not carried out: its condition is not decided, or it builds
  /// on what the dry run only foresees.
  private func doubt(_ item: ItemWork, _ reads: [FactRequest]) async -> Unknown? {
    guard isDry else { return nil }
    if case .unknown(let unknown) = item.truth { return unknown }
    let machine = run.machine(of: item.machine, play: play)
    return await machine.foresees(reads) ? Unknown("changes that this plan does not make") : nil
  }

  /// What the changes will make of the facts: in a dry run, for everything after.
  private func foresee(
    _ changes: [Change], _ module: any StateModule, _ index: Int, _ taskRun: TaskRun,
    _ view: FactView
  ) async {
    let item = taskRun.items[index]
    guard !changes.isEmpty else {
      taskRun.results[index] = inSync(module, view)
      return
    }
    var doubt: Unknown?
    if case .unknown(let unknown) = item.truth { doubt = unknown }
    for case let awaited? in changes.map(\.awaits) { doubt = doubt?.merging(awaited) ?? awaited }
    let machine = run.machine(of: item.machine, play: play)
    do throws(TransportError) {
      switch try await trial(of: changes, item, taskRun) {
      case .accepted: break
      case .refused(let failure) where doubt == nil:
        taskRun.results[index] = failed(failure)
        return
      case .refused: break
      case .undecided(let unknown): doubt = doubt?.merging(unknown) ?? unknown
      }
    } catch {
      await lose(error, on: item.machine, taskRun.instruction)
      return
    }
    var foreseen = view.predicting(changes.flatMap(\.predicts))
    if isDry {
      await machine.foresee(changes, doubt: doubt, by: taskRun.instruction.title)
      foreseen = await machine.view(as: item.privilege)
    }
    var values = module.result(before: view, after: foreseen, replies: [])
    values["diff"] = nil
    taskRun.results[index] = ItemResult(
      result: TaskResult(values: values, changed: true, unknown: doubt),
      outcome: doubt.map(TaskReport.Outcome.maybe) ?? .changed, changes: changes)
  }

  /// What a host says of changes that it can try without making them.
  private enum Trial {
    case accepted
    case refused(TaskFailure)
    /// It refuses them as it is now, but earlier tasks of the dry run would have changed it.
    case undecided(Unknown)
  }

  private func trial(
    of changes: [Change], _ item: ItemWork, _ taskRun: TaskRun
  ) async throws(TransportError) -> Trial {
    let steps = changes.compactMap(\.trial)
    guard !steps.isEmpty else { return .accepted }
    let machine = run.machine(of: item.machine, play: play)
    let replies = try await machine.perform(
      frames(steps, item), observing: [], as: item.privilege, label: taskRun.instruction.title)
    for (step, reply) in zip(steps, replies) {
      guard case .failure(let failure) = outcome(of: step, reply) else { continue }
      guard isDry, await machine.foreseesAnything else { return .refused(failure) }
      return .undecided(Unknown("its validation, which refuses it as the host is now"))
    }
    return .accepted
  }
}
