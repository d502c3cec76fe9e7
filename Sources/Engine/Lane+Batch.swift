import Diagnostics
import Model
import ModuleKit
import Schema
import Template
import Transport

/// How a lane sends what it has gathered, and what it makes of the replies.
extension Lane {
  /// Sends the batch: steps, then the probes that verify them.
  ///
  /// Afterwards the batch is empty; when a task in it failed, the tasks behind that one are back in
  /// the queue and `jumps` has grown.
  /// - Parameter next: the instruction that is worked on and waits for this; what it reads is observed along.
  func flush(before next: Instruction? = nil) async {
    guard !batch.isEmpty else { return }
    let sent = batch
    batch = Batch()
    for taskRun in runs(sent.entries) {
      if let cause = await mayStep(taskRun.instruction) {
        await block(taskRun, sent.entries, by: cause)
        return
      }
    }
    for entry in sent.entries where !entry.changes.isEmpty {
      switch await turn(entry.run.instruction) {
      case .held: continue
      case .refused(let cause): return await block(entry.run, sent.entries, by: cause)
      case .begun:
        return await beginTurn(with: runs(sent.entries))
      }
    }
    let machine = run.machine(of: sent.machine, play: play)
    let before = sent.predictions
    var frames: [Frame] = []
    for entry in sent.entries {
      frames += self.frames(entry.changes.flatMap(\.steps), entry.run.items[entry.item])
    }
    do throws(TransportError) {
      var wanted = sent.entries.filter { !$0.changes.isEmpty }.flatMap(\.reads)
      if sent.machine == host.name {
        wanted += await ahead(of: next, as: sent.privilege, dirtiedBy: sent.footprint, on: machine)
      }
      let replies = try await machine.perform(
        frames, touching: sent.footprint, observing: wanted, as: sent.privilege,
        label: sent.entries.first?.run.instruction.title ?? "")
      await settle(sent, replies, predicted: before)
    } catch {
      await lost(error, sent)
    }
  }

  /// The steps of one item as frames.
  func frames(_ steps: [Step], _ item: ItemWork) -> [Frame] {
    steps.map { step in
      Frame(
        step.label, step.script, input: step.input, preconditions: step.preconditions, isStep: true,
        accepts: step.accepts, user: step.user,
        deadline: item.timeout ?? step.deadline ?? setup.options.stepDeadline,
        environment: item.environment)
    }
  }

  /// What lies ahead and is touched by steps about to be sent: observed again in the same message.
  func ahead(
    of instruction: Instruction?, as privilege: Privilege, dirtiedBy footprint: Footprint,
    on machine: Machine
  ) async -> [FactRequest] {
    var view = await machine.view(as: privilege)
    view.forget(footprint)
    let survey = Survey(run: run, host: host, privilege: privilege)
    return await survey.requests(
      from: [(play, (instruction.map { [$0] } ?? []) + queue)]
        + run.laterPlays(after: play.number, of: host.name), given: view)
  }

  /// What a step's reply means.
  func outcome(of step: Step, _ reply: FrameReply) -> Result<StepReply, TaskFailure> {
    switch reply {
    case .finished(let status, let output, let errors, let isTruncated):
      let known = StepReply(
        label: step.label, status: status, output: output, errors: errors, isTruncated: isTruncated)
      guard let accepts = step.accepts, !accepts.contains(status) else { return .success(known) }
      return .failure(
        TaskFailure(
          "step-failed", "\(step.label): status \(status)", step: step.label, status: status,
          output: step.isSecret ? "" : known.text, errors: step.isSecret ? "" : known.errorText))
    case .preconditionFailed(let text):
      return .failure(
        TaskFailure(
          "moved", text, step: step.label, help: "somebody else changed it meanwhile; run again"))
    case .skipped:
      return .failure(TaskFailure("not-sent", "\(step.label) was not tried", step: step.label))
    case .timedOut(let output, let errors):
      return .failure(
        TaskFailure(
          "timed-out", "\(step.label): no end within its deadline; it was stopped",
          step: step.label,
          output: step.isSecret ? "" : String(decoding: output, as: UTF8.self),
          errors: step.isSecret ? "" : String(decoding: errors, as: UTF8.self),
          help: "`timeout:` on the task sets the deadline, in seconds"))
    }
  }

  // MARK: - Replies

  private func settle(_ sent: Batch, _ replies: [FrameReply], predicted: [Prediction]) async {
    var next = 0
    for (number, entry) in sent.entries.enumerated() {
      let steps = entry.changes.flatMap(\.steps)
      let own = Array(replies[next..<min(next + steps.count, replies.count)])
      next += steps.count
      let result = await result(of: entry, zip(steps, own).map { ($0, $1) }, sent)
      entry.run.results[entry.item] = result
      if case .failed = result.outcome, !entry.run.goesStepByStep {
        await redo(sent.entries, after: number)
        return
      }
    }
    for taskRun in runs(sent.entries) where taskRun.isComplete && !taskRun.goesStepByStep {
      await conclude(taskRun)
    }
  }

  private func result(
    of entry: Batch.Entry, _ replies: [(Step, FrameReply)], _ sent: Batch
  ) async -> ItemResult {
    var known: [StepReply] = []
    for (step, reply) in replies {
      switch outcome(of: step, reply) {
      case .success(let reply): known.append(reply)
      case .failure(let failure):
        return ItemResult(
          result: TaskResult(failure: failure), outcome: .failed(failure), changes: entry.changes)
      }
    }
    let view = await run.machine(of: sent.machine, play: play).view(as: sent.privilege)
    if entry.changes.isEmpty {
      return ItemResult(
        result: TaskResult(
          values: entry.module.result(
            before: entry.before, after: sent.after(entry, view), replies: [])), outcome: .ok)
    }
    let wrong = mispredicted(entry, sent, view)
    if let failure = await verify(entry, sent) {
      return ItemResult(
        result: TaskResult(failure: failure), outcome: .failed(failure), changes: entry.changes,
        mispredicted: wrong)
    }
    return ItemResult(
      result: TaskResult(
        values: entry.module.result(
          before: entry.before, after: sent.after(entry, view), replies: known), changed: true),
      outcome: .changed, changes: entry.changes, mispredicted: wrong)
  }

  /// Nobody's word is taken: the same facts are compared again.
  ///
  /// nil when nothing differs any more.
  private func verify(_ entry: Batch.Entry, _ sent: Batch) async -> TaskFailure? {
    let patience = entry.changes.map(\.settle).max() ?? .zero
    let limit = run.clock.now.advanced(by: patience)
    while true {
      do throws(TransportError) {
        let view = try await settledView(entry, sent)
        do throws(Obstacle) {
          let left = try entry.module.remaining(before: entry.before, after: view)
          if left.isEmpty || sent.overrides(entry, view) { return nil }
          if run.clock.now >= limit { return notConverged(left) }
        } catch {
          if run.clock.now >= limit { return unverified(error) }
        }
        try? await run.clock.sleep(for: .milliseconds(300))
        let machine = run.machine(of: sent.machine, play: play)
        for request in entry.reads { await machine.forget(.keys(request.key)) }
      } catch {
        return TaskFailure("unreachable", error.message)
      }
    }
  }

  /// The view with everything that the module wants to know now; what is there may lead to more.
  private func settledView(
    _ entry: Batch.Entry, _ sent: Batch
  ) async throws(TransportError) -> FactView {
    let machine = run.machine(of: sent.machine, play: play)
    var view = await machine.view(as: sent.privilege)
    while true {
      let missing = entry.module.reads(given: view).filter { !view.answers($0) }
      if missing.isEmpty { return view }
      view = try await machine.probe(missing, as: sent.privilege)
    }
  }

  private func notConverged(_ left: [Change]) -> TaskFailure {
    let list = left.map { "\($0.subject) \($0.attribute)" }.joined(separator: ", ")
    return TaskFailure(
      "not-converged", "the steps ran, and this still differs: \(list)",
      help: "something on the host sets it back, or the step has no effect there")
  }

  private func unverified(_ obstacle: Obstacle) -> TaskFailure {
    switch obstacle {
    case .refused(let diagnostic): TaskFailure(diagnostic)
    case .unknown(let unknown):
      TaskFailure("unverified", "could not be verified: \(unknown.summary)")
    case .unreadable(let key, let reason):
      TaskFailure("unverified", "could not be verified: \(key): \(reason)")
    }
  }

  /// Facts that came out unlike what the changes said; what a later task of the batch touches is its affair.
  private func mispredicted(_ entry: Batch.Entry, _ sent: Batch, _ view: FactView) -> [String] {
    entry.changes.flatMap(\.predicts).compactMap { prediction in
      guard prediction.isExact, sent.lastPrediction(of: prediction.key) == prediction,
        !sent.touches(prediction.key, after: entry),
        let actual = view[prediction.key], actual.reading != prediction.reading
      else { return nil }
      return String(describing: prediction.key)
    }
  }

  // MARK: - Failures

  private func runs(_ entries: [Batch.Entry]) -> [TaskRun] {
    var seen: [TaskRun] = []
    for entry in entries where !seen.contains(where: { $0 === entry.run }) {
      seen.append(entry.run)
    }
    return seen
  }

  /// Tasks whose steps were not sent, or whose outcome is not known, are worked on again from the start.
  func putBack(_ taskRuns: [TaskRun]) {
    jumps += 1
    for taskRun in taskRuns {
      taskRun.isAbandoned = true
      taskRun.results = [:]
    }
    queue.insert(contentsOf: taskRuns.map(\.instruction), at: 0)
  }

  /// After a failure: finishes the failed task's other items, and puts the tasks behind it back.
  private func redo(_ entries: [Batch.Entry], after number: Int) async {
    let failed = entries[number].run
    let behind = entries[(number + 1)...]
    putBack(runs(Array(behind)).filter { $0 !== failed })
    for taskRun in runs(Array(entries[...number])) where taskRun !== failed && taskRun.isComplete {
      await conclude(taskRun)
    }
    for index in failed.items.indices where failed.results[index] == nil {
      await work(on: index, of: failed)
      await flush()
    }
    if failed.isComplete { await conclude(failed) }
  }

  private func block(_ taskRun: TaskRun, _ entries: [Batch.Entry], by cause: String) async {
    jumps += 1
    let position = entries.firstIndex { $0.run === taskRun } ?? 0
    let rest = runs(Array(entries[position...]))
    for taskRun in rest { taskRun.isAbandoned = true }
    queue.insert(contentsOf: rest.map(\.instruction), at: 0)
    _ = blocks.fail(TaskFailure("blocked", "blocked by \(cause)"), at: [])
    await leave(blockedBy: cause)
    queue.removeAll()
  }

  /// The link broke while a batch was on its way: what it did is not known.
  ///
  /// Declared state is compared again.
  private func lost(_ error: TransportError, _ sent: Batch) async {
    losses += 1
    putBack(runs(sent.entries))
    guard error.code != .closed || losses > 2, !queue.isEmpty else { return }
    await lose(error, on: sent.machine, queue.removeFirst())
  }

  /// The link broke while an action was on its way: nobody knows whether it ran.
  func lost(_ error: TransportError, on machine: String, _ taskRun: TaskRun) async {
    taskRun.isAbandoned = true
    await lose(error, on: machine, taskRun.instruction)
  }
}
