import Diagnostics
import Glibc
import Model
import ModuleKit
import Schema
import Template

/// What follows from a task's results: judged, reported, registered, notified.
extension Lane {
  func conclude(_ taskRun: TaskRun) async {
    guard let task = taskRun.instruction.task else {
      await concludePlain(taskRun)
      return
    }
    var results = taskRun.results.sorted { $0.key < $1.key }.map(\.value)
    for index in results.indices {
      judge(&results[index], task, taskRun, index)
      while await again(&results[index], task, taskRun, index) {}
    }
    register(results, task, taskRun)
    notify(results, task, taskRun)
    for (index, result) in results.enumerated() { report(result, task, taskRun, index) }
    await close(results, task, taskRun)
  }

  private func concludePlain(_ taskRun: TaskRun) async {
    if case .failed(let failure)? = taskRun.results[0]?.outcome {
      run.report(plainReport(taskRun.instruction, .failed(failure)))
      _ = blocks.fail(failure, at: taskRun.instruction.places)
      run.failed(host.name, in: play, isFatal: false)
      await close(taskRun.instruction, .failed(cause: host.name))
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
      if let conditions = task.failedWhen {
        switch try conditions.all(judging(item, task, taskRun, index)) {
        case .yes:
          let failure = item.result.failure ?? TaskFailure("failed-when", "failed_when holds")
          item.result.failure = failure
          item.outcome = .failed(failure)
        case .no:
          item.result.failure = nil
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
  private func judging(
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

  /// `until`: whether the item was tried again.
  private func again(
    _ item: inout ItemResult, _ task: Model.Task, _ taskRun: TaskRun, _ index: Int
  ) async -> Bool {
    guard let until = task.until, !isDry, item.result.skipReason == nil else { return false }
    let tries = taskRun.tries
    do throws(Diagnostic) {
      let renderer = judging(item, task, taskRun, index)
      if try until.all(renderer) == .yes { return false }
      let retries = try task.retries?.value(renderer).known ?? 3
      guard tries < retries else {
        let failure =
          item.result.failure
          ?? TaskFailure("until", "`until` does not hold after \(tries) retries")
        item.result.failure = failure
        item.outcome = .failed(failure)
        return false
      }
      let delay = try task.delay?.value(renderer).known ?? 5
      try? await run.clock.sleep(for: .seconds(delay))
    } catch {
      item.outcome = .failed(TaskFailure(error))
      return false
    }
    taskRun.tries += 1
    taskRun.results[index] = nil
    await run.machine(of: taskRun.items[index].machine, play: play).forget(.any)
    await retry(index, taskRun)
    guard let result = taskRun.results[index] else { return false }
    item = result
    judge(&item, task, taskRun, index)
    return true
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
      if let loop = task.loop, !taskRun.items.isEmpty {
        value = TaskResult.loop(
          zip(taskRun.items, results).map { work, result in
            (work.item?.value ?? .null, loop.control.variable, result.result)
          }, isSecret: secret)
      } else {
        value = results.first?.result.value(isSecret: secret) ?? .null
      }
      setup.variables.set(name, to: value, on: host)
      published[name] = value
    }
    if task.keywords.runOnce != nil, taskRun.instruction.ownsNode {
      run.fates.publish(published, play.number, taskRun.instruction.position)
    }
  }

  private func notify(_ results: [ItemResult], _ task: Model.Task, _ taskRun: TaskRun) {
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
      if isCertain {
        notified[name] = .some(nil)
      } else if notified[name] == nil {
        notified[name] = .some(doubt)
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
        delegate: item.flatMap { $0.machine == host.name ? nil : $0.machine }))
  }

  /// The task's name, rendered where that is possible.
  private func title(_ task: Model.Task, _ taskRun: TaskRun) -> String {
    guard let name = task.name, name.template != nil else { return task.title }
    let renderer = setup.renderer(
      setup.variables.variables(
        for: host, play: play.play, task: task, locals: taskRun.instruction.locals), task.folders)
    return (try? name.text(renderer).known?.string) ?? task.title
  }

  private func ignoresErrors(_ task: Model.Task) -> Bool {
    guard let setting = task.keywords.ignoreErrors else { return false }
    let renderer = setup.renderer(
      setup.variables.variables(for: host, play: play.play, task: task), task.folders)
    return (try? setting.value(renderer).known) ?? false
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
        run.rescued(host.name)
        setRescueVariables(failure, task, results)
      } else {
        run.failed(host.name, in: play, isFatal: isFatal(task))
      }
      await close(
        taskRun.instruction, isRescued ? .succeeded : .failed(cause: "\(host.name): \(task.title)"))
    } else {
      await close(taskRun.instruction, .succeeded)
    }
  }

  /// `ansible_failed_task` and `ansible_failed_result`, for the `rescue` section.
  private func setRescueVariables(
    _ failure: TaskFailure, _ task: Model.Task, _ results: [ItemResult]
  ) {
    setup.variables.set(
      "ansible_failed_task",
      to: .dict(["name": .string(task.title), "action": .string(task.module)]), on: host)
    let result = results.first { $0.result.failure != nil }?.result ?? TaskResult(failure: failure)
    setup.variables.set("ansible_failed_result", to: result.value(isSecret: false), on: host)
  }

  private func isFatal(_ task: Model.Task) -> Bool {
    let renderer = setup.renderer(
      setup.variables.variables(for: host, play: play.play, task: task), task.folders)
    return (try? task.keywords.anyErrorsFatal?.value(renderer).known) ?? false
  }
}

extension TaskReport.Outcome {
  /// Why the task does not count as done; nil when it does.
  fileprivate var failure: TaskFailure? {
    switch self {
    case .failed(let failure): failure
    case .blocked(let cause): TaskFailure("blocked", "blocked by \(cause)")
    case .ok, .changed, .skipped, .maybe, .opaque, .ignored: nil
    }
  }
}

/// Writes a file on the controller, whole or not at all, readable by its owner alone; the reason when it cannot be.
func storeOnController(_ blob: Blob, at path: String) -> String? {
  makeFolders(ControllerPath.folder(of: path))
  let temporary = path + ".spile-\(getpid())"
  let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
  guard descriptor >= 0 else { return String(cString: strerror(errno)) }
  defer { close(descriptor) }
  var rest = blob.bytes[...]
  while !rest.isEmpty {
    let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    guard written > 0 else {
      let reason = String(cString: strerror(errno))
      unlink(temporary)
      return reason
    }
    rest = rest.dropFirst(written)
  }
  guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
    let reason = String(cString: strerror(errno))
    unlink(temporary)
    return reason
  }
  return nil
}

private func makeFolders(_ path: String) {
  if path == "." || path == "/" || mkdir(path, 0o755) == 0 || errno != ENOENT { return }
  makeFolders(ControllerPath.folder(of: path))
  mkdir(path, 0o755)
}
