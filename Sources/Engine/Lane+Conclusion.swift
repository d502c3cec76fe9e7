import Diagnostics
import Glibc
import Model
import ModuleKit
import Schema
import Template
import Transport
import Vault

/// What follows from a task's results: judged, reported, registered, notified.
extension Lane {
  func conclude(_ taskRun: TaskRun) async {
    guard let task = taskRun.instruction.task else {
      await concludePlain(taskRun)
      return
    }
    for index in taskRun.results.keys.sorted() { await judgeFinally(index, task, taskRun) }
    var results = taskRun.results.sorted { $0.key < $1.key }.map(\.value)
    notify(&results, task, taskRun)
    register(results, task, taskRun)
    for (index, result) in results.enumerated() { report(result, task, taskRun, index) }
    await close(results, task, taskRun)
  }

  /// A task that its host could not be reached for, and that does not mind (`ignore_unreachable`).
  func conclude(unreachable instruction: Instruction, _ error: TransportError) async {
    let failure = TaskFailure("unreachable", error.message, help: error.help)
    var result = TaskResult(failure: failure)
    result.isUnreachable = true
    let taskRun = TaskRun(instruction, node: nil, items: [], started: run.clock.now)
    taskRun.results[0] = ItemResult(result: result, outcome: .ignored(failure))
    taskRun.judged = [0]
    await conclude(taskRun)
  }

  private func concludePlain(_ taskRun: TaskRun) async {
    if case .failed(let failure)? = taskRun.results[0]?.outcome {
      run.report(plainReport(taskRun.instruction, .failed(failure)))
      if blocks.fail(failure, at: taskRun.instruction.places) {
        run.rescued(host.name, failures: 1)
        await close(taskRun.instruction, .succeeded)
      } else {
        run.failed(host.name, in: play, isFatal: false)
        await close(taskRun.instruction, .failed(cause: host.name))
      }
    } else {
      await close(taskRun.instruction, .succeeded)
    }
  }

  private func plainReport(_ instruction: Instruction, _ outcome: TaskReport.Outcome) -> TaskReport
  {
    TaskReport(
      host: host.name, play: play.name, task: instruction.title, module: "", span: instruction.span,
      path: "", outcome: outcome)
  }

  // MARK: - Judging

  /// Judges an item, and tries it again as often as it wants.
  func judgeFinally(_ index: Int, _ task: Model.Task, _ taskRun: TaskRun) async {
    guard taskRun.judged.insert(index).inserted else { return }
    var tries = 1
    let own = taskRun.items.indices.contains(index) ? taskRun.items[index].secrets : []
    let concealment = Concealment(secrets: setup.disk.vault.secrets, own: own)
    while var item = taskRun.results[index] {
      concealment.conceal(&item)
      let isRepeated = (task.until != nil || task.retries != nil) && item.result.skipReason == nil
      if isRepeated { item.result.values["attempts"] = .int(tries) }
      judge(&item, task, taskRun, index)
      concealment.conceal(&item)
      taskRun.results[index] = item
      guard isRepeated, await again(index, task, taskRun, after: tries) else { return }
      tries += 1
    }
  }

  /// `changed_when` and `failed_when`.
  private func judge(
    _ item: inout ItemResult, _ task: Model.Task, _ taskRun: TaskRun, _ index: Int
  ) {
    guard item.result.skipReason == nil, !isBlocked(item) else { return }
    do throws(Diagnostic) {
      if let conditions = task.changedWhen {
        switch try conditions.all(judging(item, task, taskRun, index)) {
        case .yes: item.result.changed = true
        case .no: item.result.changed = false
        case .unknown(let unknown): item.outcome = .maybe(unknown)
        }
        rename(&item)
      }
      if let conditions = task.failedWhen, !conditions.isEmpty {
        switch try conditions.all(judging(item, task, taskRun, index)) {
        case .yes:
          let failure = item.result.failure ?? TaskFailure("failed-when", "failed_when holds")
          item.result.failure = failure
          item.result.values["failed_when_result"] = .bool(true)
          item.outcome = .failed(failure)
        case .no:
          item.result.failure = nil
          item.result.values["failed_when_result"] = .bool(false)
          if case .failed = item.outcome { item.outcome = item.result.changed ? .changed : .ok }
        case .unknown: break
        }
      }
    } catch {
      let failure = TaskFailure(error)
      item.result.failure = failure
      item.outcome = .failed(failure)
    }
  }

  private func isBlocked(_ item: ItemResult) -> Bool {
    if case .blocked = item.outcome { return true }
    return false
  }

  /// After `changed_when` has decided.
  private func rename(_ item: inout ItemResult) {
    switch item.outcome {
    case .ok where item.result.changed: item.outcome = .changed
    case .changed where !item.result.changed, .opaque where !item.result.changed: item.outcome = .ok
    default: break
    }
    if !item.result.changed { item.changes = [] }
  }

  /// The variables that results are judged with: the result itself under its registered name.
  func judging(
    _ item: ItemResult, _ task: Model.Task, _ taskRun: TaskRun, _ index: Int
  ) -> Renderer {
    var locals = taskRun.instruction.locals
    if taskRun.items.indices.contains(index) {
      locals.merge(taskRun.items[index].locals) { _, inner in inner }
    }
    if let name = task.register?.text {
      locals[name] = item.result.value(isSecret: isSecret(taskRun, index))
    }
    return setup.renderer(
      setup.variables.variables(for: host, play: play.play, task: task, locals: locals),
      task.folders)
  }

  private func isSecret(_ taskRun: TaskRun, _ index: Int) -> Bool {
    taskRun.items.indices.contains(index) && taskRun.items[index].isSecret
  }

  /// `until` and `retries`: whether the item was tried again; its new result is not judged yet.
  ///
  /// Without `until` a task is tried again while it fails; without `retries` three times.
  private func again(
    _ index: Int, _ task: Model.Task, _ taskRun: TaskRun, after tries: Int
  ) async -> Bool {
    guard var item = taskRun.results[index], taskRun.items.indices.contains(index),
      !taskRun.items[index].isChecked
    else { return false }
    do throws(Diagnostic) {
      let renderer = judging(item, task, taskRun, index)
      if let until = task.until {
        if try until.all(renderer) == .yes { return false }
      } else if item.result.failure == nil {
        return false
      }
      let retries = try task.retries?.value(renderer).known ?? 3
      guard tries <= retries else {
        if retries <= 0 { return false }
        let failure =
          item.result.failure
          ?? TaskFailure("until", "`until` does not hold after \(retries) retries")
        item.result.values["attempts"] = .int(retries)
        if item.result.failure == nil, item.result.values["msg"] == nil {
          item.result.values["msg"] = .string("")
        }
        item.result.failure = failure
        item.outcome = .failed(failure)
        taskRun.results[index] = item
        return false
      }
      let delay = try task.delay?.value(renderer).known ?? 5
      try? await run.clock.sleep(for: .seconds(delay < 0 ? 1 : delay))
    } catch {
      item.outcome = .failed(TaskFailure(error))
      taskRun.results[index] = item
      return false
    }
    if _Concurrency.Task.isCancelled { return false }
    taskRun.results[index] = nil
    await run.machine(of: taskRun.items[index].machine, play: play).forget(.any)
    await retry(index, taskRun)
    return taskRun.results[index] != nil
  }

  private func retry(_ index: Int, _ taskRun: TaskRun) async {
    let item = taskRun.items[index]
    if case .known(let module) = item.module {
      let view = await view(item)
      let missing = module.reads(given: view).filter { !view.answers($0) }
      if !missing.isEmpty {
        await observe(missing, on: item.machine, as: item.privilege, beyond: taskRun.instruction)
      }
    }
    await work(on: index, of: taskRun)
    await flush()
  }

  // MARK: - Consequences

  private func register(_ results: [ItemResult], _ task: Model.Task, _ taskRun: TaskRun) {
    var published: [String: Value] = [:]
    if let name = task.register?.text {
      let secret = isSecret(taskRun, 0)
      let value: Value
      if let leftOut = taskRun.leftOut, let result = results.first?.result {
        value = TaskResult.loop(leftOut.map { ($0, result) }, isSecret: secret)
      } else if task.loop != nil, !taskRun.items.isEmpty {
        value = TaskResult.loop(
          zip(taskRun.items, results).map { ($0.locals, $1.result) }, isSecret: secret)
      } else {
        value = results.first?.result.value(isSecret: secret) ?? .null
      }
      setup.variables.set(name, to: value, on: host)
      published[name] = value
    }
    if task.keywords.runOnce != nil || task.isLanguage("add_host"), taskRun.instruction.ownsNode {
      run.fates.publish(published, play.number, taskRun.instruction.position)
    }
  }

  /// Notes the handlers of a task that has changed something; a name that no handler has is the task's failure.
  private func notify(_ results: inout [ItemResult], _ task: Model.Task, _ taskRun: TaskRun) {
    guard !task.notify.isEmpty else { return }
    var doubt: Unknown?
    var isCertain = false
    for result in results {
      switch result.outcome {
      case .changed, .opaque: isCertain = true
      case .maybe(let unknown): doubt = doubt?.merging(unknown) ?? unknown
      default: continue
      }
    }
    guard isCertain || doubt != nil else { return }
    let renderer = setup.renderer(
      setup.variables.variables(
        for: host, play: play.play, task: task, locals: taskRun.instruction.locals), task.folders)
    for source in task.notify {
      guard let name = try? source.text(renderer).known?.string else { continue }
      let found = handlers(named: name)
      if found.isEmpty {
        let failure = TaskFailure(
          "unknown-handler", "no handler of this play is called `\(name)`",
          help: "see what `notify` comes to on this host")
        results[0].result.failure = failure
        results[0].outcome = .failed(failure)
      }
      for handler in found {
        if isCertain {
          notified[handler] = .some(nil)
        } else if notified[handler] == nil {
          notified[handler] = .some(doubt)
        }
      }
    }
  }

  private func report(
    _ result: ItemResult, _ task: Model.Task, _ taskRun: TaskRun, _ index: Int
  ) {
    let item = taskRun.items.indices.contains(index) ? taskRun.items[index] : nil
    var outcome = result.outcome
    if case .failed(let failure) = outcome, ignoresErrors(task) { outcome = .ignored(failure) }
    run.report(
      TaskReport(
        host: host.name, play: play.name, task: title(task, taskRun), module: task.module,
        span: task.span, path: task.path, item: item?.item?.label, outcome: outcome,
        changes: result.changes, message: result.message, assuming: assuming,
        mispredicted: result.mispredicted, isHandler: taskRun.instruction.isHandler,
        duration: run.clock.now - taskRun.started, isSecret: item?.isSecret ?? false,
        delegate: item.flatMap { $0.machine == host.name ? nil : $0.machine },
        checkMode: checkMode(result, item),
        showsDiff: showsDiff(task)))
  }

  /// The `check_mode` of an item where it made a difference.
  private func checkMode(_ result: ItemResult, _ item: ItemWork?) -> Bool? {
    guard let item, item.isChecked != isDry, case .known(let module) = item.module,
      [.state, .action].contains(type(of: module).shape)
    else { return nil }
    switch result.outcome {
    case .skipped, .maybe, .blocked, .opaque: return nil
    case .ok where item.isChecked: return nil
    case .ok, .changed, .failed, .ignored: return item.isChecked
    }
  }

  private func showsDiff(_ task: Model.Task) -> Bool? {
    guard let setting = task.keywords.diff else { return nil }
    return try? setting.value(plainRenderer(task)).known
  }

  private func plainRenderer(_ task: Model.Task) -> Renderer {
    setup.renderer(
      setup.variables.variables(for: host, play: play.play, task: task), task.folders)
  }

  func ignoresUnreachable(_ task: Model.Task) -> Bool {
    guard let setting = task.keywords.ignoreUnreachable else { return false }
    return (try? setting.value(plainRenderer(task)).known) ?? false
  }

  /// The task's name, rendered where that is possible.
  private func title(_ task: Model.Task, _ taskRun: TaskRun) -> String {
    guard let name = task.name, name.template != nil else { return task.title }
    let renderer = setup.renderer(
      setup.variables.variables(
        for: host, play: play.play, task: task, locals: taskRun.instruction.locals), task.folders)
    guard let text = try? name.text(renderer).known, !text.marks.contains(.secret) else {
      return task.title
    }
    return text.string
  }

  private func ignoresErrors(_ task: Model.Task) -> Bool {
    guard let setting = task.keywords.ignoreErrors else { return false }
    return (try? setting.value(plainRenderer(task)).known) ?? false
  }

  /// Ends the task.
  ///
  /// A dry run goes on after a failure that nothing rescues, so that everything wrong is said at
  /// once.
  private func close(_ results: [ItemResult], _ task: Model.Task, _ taskRun: TaskRun) async {
    let failure = results.lazy.compactMap(\.outcome.failure).first
    if failure != nil, !ignoresErrors(task), isDry, !taskRun.instruction.isRescuable {
      assuming.append("`\(task.title)` is mended")
      await close(taskRun.instruction, .succeeded)
    } else if let failure, !ignoresErrors(task) {
      let isRescued = blocks.fail(failure, at: taskRun.instruction.places)
      if isRescued {
        run.rescued(host.name, failures: results.count(where: \.outcome.isFailed))
        setRescueVariables(
          failure, task, results, isSecret: taskRun.items.contains(where: \.isSecret))
      } else {
        run.failed(host.name, in: play, isFatal: isFatal(task))
      }
      if isRescued, isFatal(task) { run.fates.spoil(play.number, taskRun.instruction.position) }
      await close(
        taskRun.instruction, isRescued ? .succeeded : .failed(cause: "\(host.name): \(task.title)"))
    } else {
      await close(taskRun.instruction, .succeeded)
      await joinRescue(task, taskRun.instruction)
    }
  }

  /// A failure that counts for all hosts (`any_errors_fatal`) inside of a block with `rescue` takes all of them there.
  private func joinRescue(_ task: Model.Task, _ instruction: Instruction) async {
    guard !isDry, instruction.isRescuable, instruction.ownsNode, isFatal(task) else { return }
    for other in play.hosts.indices where other != place {
      _ = await run.coordinator.finished(play.nodes.task(instruction.position, other))
    }
    guard run.fates.isSpoiled(play.number, instruction.position) else { return }
    await flush()
    if blocks.fail(
      TaskFailure("blocked", "`\(task.title)` failed on another host"), at: instruction.places)
    {
      run.rescued(host.name)
    }
  }

  /// `ansible_failed_task` and `ansible_failed_result`, for the `rescue` section.
  private func setRescueVariables(
    _ failure: TaskFailure, _ task: Model.Task, _ results: [ItemResult], isSecret: Bool
  ) {
    setup.variables.set(
      "ansible_failed_task",
      to: .dict(["name": .string(task.title), "action": .string(task.module)]), on: host)
    let result = results.first { $0.result.failure != nil }?.result ?? TaskResult(failure: failure)
    setup.variables.set("ansible_failed_result", to: result.value(isSecret: isSecret), on: host)
  }

  func isFatal(_ task: Model.Task) -> Bool {
    (try? task.keywords.anyErrorsFatal?.value(plainRenderer(task)).known) ?? false
  }
}

extension TaskReport.Outcome {
  fileprivate var isFailed: Bool {
    if case .failed = self { true } else { false }
  }

  /// Why the task does not count as done; nil when it does.
  fileprivate var failure: TaskFailure? {
    switch self {
    case .failed(let failure): failure
    case .blocked(let cause): TaskFailure("blocked", "blocked by \(cause)")
    case .ok, .changed, .skipped, .maybe, .opaque, .ignored: nil
    }
  }
}
