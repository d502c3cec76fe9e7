import Model
import ModuleKit
import Schema
import Transport

/// `async` and `poll` of a task.
struct AsyncWork: Sendable {
  /// Seconds that it may take.
  let limit: Int
  /// Seconds between looks; 0 does not wait at all.
  let poll: Int
}

/// Commands that go on by themselves on their host.
extension Lane {
  /// Starts an action as a job, and waits for it where the task says so.
  func start(
    _ plan: ActionPlan, _ module: any ActionModule, _ work: AsyncWork, _ index: Int,
    _ taskRun: TaskRun
  ) async throws(TransportError) -> ItemResult {
    let item = taskRun.items[index]
    guard let step = plan.change.steps.first, plan.change.steps.count == 1, step.user == nil else {
      return failed(
        TaskFailure(
          "async", "`async` takes modules that run one command, and this one takes more",
          help: "remove `async`, or use `command` or `shell`"))
    }
    let job = BackgroundJob.new()
    let steps = job.start(step, limit: work.limit)
    let replies = try await perform(steps, item, touching: step.footprint, taskRun)
    for (step, reply) in zip(steps, replies) {
      if case .failure(let failure) = outcome(of: step, reply) { return failed(failure) }
    }
    if work.poll == 0 {
      return ItemResult(
        result: TaskResult(values: job.progress(isFinished: false), changed: true),
        outcome: .changed, changes: [plan.change])
    }
    return try await wait(for: job, step, plan, module, work, item, taskRun)
  }

  private func wait(
    for job: BackgroundJob, _ step: Step, _ plan: ActionPlan, _ module: any ActionModule,
    _ work: AsyncWork, _ item: ItemWork, _ taskRun: TaskRun
  ) async throws(TransportError) -> ItemResult {
    let end = run.clock.now + .seconds(work.limit + work.poll + 5)
    while true {
      try? await run.clock.sleep(for: .seconds(work.poll))
      switch try await look(at: job, item, taskRun, isLast: run.clock.now >= end) {
      case .running?, nil:
        if run.clock.now < end, !_Concurrency.Task.isCancelled { continue }
        return failed(late(work))
      case .absent?, .lost?:
        return failed(
          TaskFailure("async", "the job \(job.id) was ended before it could leave its status"))
      case .finished(let status, let output, let errors)?:
        _ = try? await perform([job.erase], item, touching: .nothing, taskRun)
        if status == 124 { return failed(late(work)) }
        let reply = FrameReply.finished(
          status: status, output: output, errors: errors, isTruncated: false)
        var result = judge([(step, reply)], module, plan)
        result.result.values.merge(job.progress(isFinished: true))
        return result
      }
    }
  }

  /// What has become of a job; nil where the link broke and there is time to try again.
  private func look(
    at job: BackgroundJob, _ item: ItemWork, _ taskRun: TaskRun, isLast: Bool
  ) async throws(TransportError) -> BackgroundJob.State? {
    do throws(TransportError) {
      let replies = try await perform(job.look, item, touching: .any, taskRun)
      let known = zip(job.look, replies).compactMap { step, reply in
        try? outcome(of: step, reply).get()
      }
      return BackgroundJob.state(of: known)
    } catch {
      guard error.code == .closed, !isLast else { throw error }
      return nil
    }
  }

  private func late(_ work: AsyncWork) -> TaskFailure {
    TaskFailure(
      "timed-out", "async task did not complete within the requested time - \(work.limit)s",
      help: "`async` is how many seconds it may take")
  }

  private func perform(
    _ steps: [Step], _ item: ItemWork, touching footprint: Footprint, _ taskRun: TaskRun
  ) async throws(TransportError) -> [FrameReply] {
    try await run.machine(of: item.machine, play: play).perform(
      frames(steps, item), touching: footprint, observing: [], as: item.privilege,
      label: taskRun.instruction.title)
  }
}

extension ValueMap {
  fileprivate mutating func merge(_ other: ValueMap) {
    for (key, value) in other.pairs { self[key] = value }
  }
}
