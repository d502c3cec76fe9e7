import Diagnostics
import Model
import ModuleKit
import Schema
import Template
import Transport

/// How a lane works on the items of one task, by the shape of the module.
extension Lane {
  func work(_ items: [ItemWork], _ instruction: Instruction) async {
    let node = instruction.ownsNode ? play.nodes.task(instruction.position, place) : nil
    let taskRun = TaskRun(instruction, node: node, items: items, started: run.clock.now)
    for index in items.indices {
      let jumped = jumps
      if index > 0, !items[index].isChecked, let pause = items[index].pause {
        await flush()
        try? await run.clock.sleep(for: pause)
      }
      if jumps == jumped { await work(on: index, of: taskRun) }
      if taskRun.goesStepByStep, jumps == jumped {
        await flush()
        if jumps == jumped, await isLast(index, of: taskRun) { break }
      }
      if jumps != jumped, !taskRun.isComplete {
        if !taskRun.isAbandoned { queue.insert(instruction, at: 0) }
        return
      }
    }
    if taskRun.isComplete { await conclude(taskRun) }
  }

  /// Judges an item of a task that goes step by step; whether the loop ends with it (`break_when`).
  private func isLast(_ index: Int, of taskRun: TaskRun) async -> Bool {
    guard let task = taskRun.instruction.task else { return false }
    await judgeFinally(index, task, taskRun)
    guard let conditions = task.loop?.control.breakWhen, !conditions.isEmpty,
      let item = taskRun.results[index]
    else { return false }
    do throws(Diagnostic) {
      guard try conditions.all(judging(item, task, taskRun, index)) == .yes else { return false }
    } catch {
      taskRun.results[index] = failed(TaskFailure(error))
    }
    taskRun.endLoop(after: index)
    return true
  }

  /// Works on one item until its result is known or its steps stand in the batch.
  func work(on index: Int, of taskRun: TaskRun) async {
    let item = taskRun.items[index]
    if item.truth == .no {
      taskRun.results[index] = ItemResult(
        result: .skipped("Conditional result was False"),
        outcome: .skipped(reason: "Conditional result was False"))
      return
    }
    if let failure = item.failure {
      taskRun.results[index] = failed(TaskFailure(failure))
      return
    }
    guard case .known(let module) = item.module else {
      taskRun.results[index] = unknownResult(item)
      return
    }
    if item.async?.poll == 0, type(of: module).shape != .action {
      taskRun.results[index] = failed(
        TaskFailure(
          "async", "only commands can be left to themselves with `poll: 0`",
          help: "remove `async` and `poll`"))
      return
    }
    switch module.shaped {
    case .state(let module): await bring(module, index, taskRun)
    case .query(let module): await ask(module, index, taskRun)
    case .action(let module): await act(module, index, taskRun)
    case .controller(let module): await control(module, index, taskRun)
    }
  }

  private func unknownResult(_ item: ItemWork) -> ItemResult {
    guard case .unknown(let unknown) = item.module else {
      return failed(TaskFailure("unknown", "nothing is known of it"))
    }
    guard isDry || item.isChecked else {
      return failed(
        TaskFailure("unknown", "what it depends on is not known: \(unknown.summary)"))
    }
    return ItemResult(result: TaskResult(unknown: unknown), outcome: .maybe(unknown))
  }

  func failed(_ failure: TaskFailure) -> ItemResult {
    ItemResult(result: TaskResult(failure: failure), outcome: .failed(failure))
  }

  private func blocked(by cause: String) -> ItemResult {
    ItemResult(
      result: TaskResult(failure: TaskFailure("blocked", "blocked by \(cause)")),
      outcome: .blocked(by: cause))
  }

  // MARK: - Obstacles

  /// What an item comes to that cannot be decided.
  func obstructed(_ obstacle: Obstacle, _ taskRun: TaskRun) -> ItemResult {
    switch obstacle {
    case .refused(var diagnostic):
      if diagnostic.span == nil { diagnostic.span = taskRun.instruction.span }
      return failed(TaskFailure(diagnostic))
    case .unreadable(let key, let reason):
      return failed(TaskFailure("unreadable", "\(key) could not be read: \(reason)"))
    case .unknown(let unknown):
      if isDry || taskRun.items.contains(where: \.isChecked) {
        return ItemResult(result: TaskResult(unknown: unknown), outcome: .maybe(unknown))
      }
      return failed(TaskFailure("unknown", "what it depends on is not known: \(unknown.summary)"))
    }
  }

  // MARK: - Query

  private func ask(_ module: any QueryModule, _ index: Int, _ taskRun: TaskRun) async {
    let item = taskRun.items[index]
    guard let (view, _) = await complete(module.reads, item, taskRun.instruction) else { return }
    do throws(Obstacle) {
      let found = try module.result(from: view)
      if !found.effects.isEmpty, let cause = await mayAct() {
        taskRun.results[index] = blocked(by: cause)
        return
      }
      let changes = found.effects.compactMap(difference)
      let failure = carryOut(found.effects, item, isObserved: true)
      taskRun.results[index] = ItemResult(
        result: TaskResult(values: found.result, changed: !changes.isEmpty, failure: failure),
        outcome: failure.map(TaskReport.Outcome.failed) ?? (changes.isEmpty ? .ok : .changed),
        changes: failure == nil ? changes : [], message: shown(found.effects))
    } catch {
      if isDry, case .unknown(let unknown) = error {
        let facts = module.factNames.map { (Value.string($0), Value.unknown(unknown)) }
        setup.variables.setFacts(ValueMap(facts), on: host)
      }
      taskRun.results[index] = obstructed(error, taskRun)
    }
  }

  // MARK: - Action

  private func act(_ module: any ActionModule, _ index: Int, _ taskRun: TaskRun) async {
    let item = taskRun.items[index]
    guard let (view, _) = await complete(module.reads, item, taskRun.instruction) else { return }
    do throws(Obstacle) {
      switch try module.decision(from: view) {
      case .skip(let reason, let values):
        let isSkipped = values["skipped"] == .bool(true)
        taskRun.results[index] = ItemResult(
          result: TaskResult(values: values, skipReason: isSkipped ? reason : nil),
          outcome: isSkipped ? .skipped(reason: reason) : .ok)
      case .run(let plan) where plan.isHarmless && plan.reconnection != nil:
        await send(plan, module, index, taskRun)
      case .run(let plan) where item.isChecked && isDry:
        await announce(plan, index, taskRun)
      case .run(let plan) where item.isChecked && !plan.isHarmless:
        taskRun.results[index] = notRun(plan)
      case .run(let plan) where isDry && item.truth != .yes:
        await announce(plan, index, taskRun)
      case .run(let plan):
        await send(plan, module, index, taskRun)
      }
    } catch {
      taskRun.results[index] = obstructed(error, taskRun)
    }
  }

  /// An action with `check_mode: true` in an apply: left out, with the result that Ansible gives it.
  private func notRun(_ plan: ActionPlan) -> ItemResult {
    let reason = "check_mode: \(plan.change.subject) is not run"
    var result = TaskResult.skipped(reason)
    let empty = Value.string("")
    result.values = [
      "rc": .int(0), "stdout": empty, "stderr": empty, "stdout_lines": .list([]),
      "stderr_lines": .list([]), "msg": .string("Command would have run if not in check mode"),
    ]
    return ItemResult(result: result, outcome: .skipped(reason: reason))
  }

  /// Dry run: an action that would run.
  private func announce(_ plan: ActionPlan, _ index: Int, _ taskRun: TaskRun) async {
    let title = taskRun.instruction.title
    let unknown = Unknown("the result of task `\(title)`")
    var outcome: TaskReport.Outcome = plan.isHarmless ? .ok : plan.isOpaque ? .opaque : .changed
    if case .unknown(let doubt) = taskRun.items[index].truth, !plan.isHarmless {
      outcome = .maybe(doubt)
    }
    if outcome == .opaque { assuming.append("`\(title)` changes nothing here") }
    taskRun.results[index] = ItemResult(
      result: TaskResult(changed: !plan.isHarmless, unknown: unknown), outcome: outcome,
      changes: plan.isHarmless ? [] : [plan.change])
  }

  private func send(
    _ plan: ActionPlan, _ module: any ActionModule, _ index: Int, _ taskRun: TaskRun
  ) async {
    let item = taskRun.items[index]
    if let cause = await mayStep(taskRun.instruction) {
      taskRun.results[index] = blocked(by: cause)
      return
    }
    switch plan.isHarmless ? .held : await turn(taskRun.instruction) {
    case .held: break
    case .refused(let cause):
      taskRun.results[index] = blocked(by: cause)
      return
    case .begun:
      return await beginTurn(with: [taskRun])
    }
    let steps = plan.change.steps
    let footprint = item.touches ?? steps.reduce(Footprint.nothing) { $0.union($1.footprint) }
    let machine = run.machine(of: item.machine, play: play)
    do throws(TransportError) {
      if let work = item.async {
        taskRun.results[index] = try await start(plan, module, work, index, taskRun)
        return
      }
      if let wait = plan.reconnection {
        let replies = try await machine.perform(
          frames(steps, item), touching: footprint, observing: [], as: item.privilege,
          label: taskRun.instruction.title)
        if let failure = await reconnected(wait, item, machine) {
          taskRun.results[index] = failed(failure)
        } else {
          taskRun.results[index] = judge(zip(steps, replies).map { ($0, $1) }, module, plan)
        }
        return
      }
      let again =
        item.machine == host.name
        ? await ahead(of: nil, as: item.privilege, dirtiedBy: footprint, on: machine) : []
      let replies = try await machine.perform(
        frames(steps, item), touching: footprint, observing: again, as: item.privilege,
        label: taskRun.instruction.title)
      taskRun.results[index] = judge(zip(steps, replies).map { ($0, $1) }, module, plan)
    } catch {
      await lost(error, on: item.machine, taskRun)
    }
  }

  /// What the replies to an action mean.
  func judge(
    _ replies: [(Step, FrameReply)], _ module: any ActionModule, _ plan: ActionPlan
  ) -> ItemResult {
    var known: [StepReply] = []
    for (step, reply) in replies {
      switch outcome(of: step, reply) {
      case .success(let reply): known.append(reply)
      case .failure(let failure): return failed(failure)
      }
    }
    let result = module.result(from: known)
    let isSecret = replies.contains { $0.0.isSecret }
    let failure = result.failure.map { text in
      TaskFailure(
        "action-failed", text, step: plan.change.subject, status: known.last?.status,
        output: isSecret ? "" : known.last?.text ?? "",
        errors: isSecret ? "" : result.result["stderr"]?.string ?? known.last?.errorText ?? "")
    }
    let outcome: TaskReport.Outcome =
      failure.map(TaskReport.Outcome.failed) ?? (result.changed ? .changed : .ok)
    return ItemResult(
      result: TaskResult(values: result.result, changed: result.changed, failure: failure),
      outcome: outcome, changes: result.changed ? [plan.change] : [])
  }

  // MARK: - Controller

  private func control(_ module: any ControllerModule, _ index: Int, _ taskRun: TaskRun) async {
    let extends = taskRun.instruction.task?.extendsInventory == true
    if let cause = extends ? await mayStep(taskRun.instruction) : await mayAct() {
      taskRun.results[index] = blocked(by: cause)
      return
    }
    if isDry, case .unknown(let doubt) = taskRun.items[index].truth {
      for effect in module.run().effects {
        guard case .setFacts(let facts) = effect else { continue }
        for (key, _) in facts.pairs {
          if let name = key.string { setup.variables.set(name, to: .unknown(doubt), on: host) }
        }
      }
      taskRun.results[index] = ItemResult(
        result: TaskResult(unknown: doubt), outcome: .maybe(doubt))
      return
    }
    let outcome = module.run()
    if !isDry, outcome.pause > .zero { try? await run.clock.sleep(for: outcome.pause) }
    if isDry, let doubt = outcome.unknown {
      taskRun.results[index] = ItemResult(
        result: TaskResult(unknown: doubt), outcome: .maybe(doubt))
      return
    }
    var failure = outcome.failure.map { TaskFailure("controller", $0) }
    var changes: [Change] = []
    if failure == nil {
      do throws(TaskFailure) {
        changes = try establish(outcome.effects, taskRun.items[index])
        failure = carryOut(outcome.effects, taskRun.items[index])
      } catch {
        failure = error
      }
    }
    let done: TaskReport.Outcome = changes.isEmpty ? .ok : .changed
    taskRun.results[index] = ItemResult(
      result: TaskResult(values: outcome.result, changed: !changes.isEmpty, failure: failure),
      outcome: failure.map(TaskReport.Outcome.failed) ?? done, changes: changes,
      message: shown(outcome.effects))
  }

  /// Does on the controller what a module asked for; what went wrong, if something did.
  ///
  /// `isObserved`: whether variables are facts that were read, not such as somebody sets.
  private func carryOut(
    _ effects: [ControllerEffect], _ item: ItemWork, isObserved: Bool = false
  ) -> TaskFailure? {
    let owner = setup.host(named: item.factsHost) ?? Host.implicit(item.factsHost)
    for effect in effects {
      switch effect {
      case .setFacts(let facts) where isObserved:
        setup.variables.setFacts(facts.withoutPrefix, on: owner)
      case .setFacts(let facts):
        for (key, value) in facts.pairs {
          guard let name = key.string else { continue }
          setup.variables.set(name, to: value, on: owner)
        }
      case .storeFile(let path, let blob):
        if item.isChecked || difference(effect) == nil { continue }
        do throws(ControllerDisk.Failure) {
          try FileWriting(folderMode: 0o755).write(
            blob.bytes, to: ControllerPath.join(play.play.folder, path))
        } catch {
          return TaskFailure("controller-file", "`\(path)` could not be written: \(error.reason)")
        }
        setup.forgetController()
      case .addHost(let name, let groups, let variables):
        var named: [String: Variable] = [:]
        for (key, value) in variables.pairs {
          if let key = key.string { named[key] = Variable(value, Origin(.inventoryFileHost)) }
        }
        extend(InventoryAddition(host: name, groups: groups, variables: named))
      case .joinGroup(let name, let parents):
        extend(InventoryAddition(host: host.name, groups: [name], parents: parents))
      case .show, .establish: continue
      }
    }
    return nil
  }

  /// What a file to be stored changes on the controller; nil where it is there already, and for other effects.
  private func difference(_ effect: ControllerEffect) -> Change? {
    guard case .storeFile(let path, let blob) = effect else { return nil }
    let full = ControllerPath.join(play.play.folder, path)
    let there = try? setup.disk.read(full)
    guard there != blob.bytes else { return nil }
    return Change(
      full, "content", there == nil ? .create : .update,
      from: there.map { Shown(Blob($0, isSecret: blob.isSecret)) } ?? .absent, to: Shown(blob))
  }

  private func extend(_ addition: InventoryAddition) {
    let loader = InventoryLoader(disk: setup.disk, playbookFolders: [setup.playbook.folder])
    var bag = DiagnosticBag()
    let inventory = setup.inventory
    _ = setup.variables.extend(addition) { name, isGroup in
      loader.variables(of: name, isGroup: isGroup, besides: inventory, into: &bag)
    }
    for diagnostic in bag.all { run.notice(diagnostic) }
  }

  private func shown(_ effects: [ControllerEffect]) -> Value? {
    for case .show(let value) in effects { return value }
    return nil
  }
}

extension ValueMap {
  /// Facts by their names in `ansible_facts`: without `ansible_`.
  fileprivate var withoutPrefix: ValueMap {
    ValueMap(
      pairs.map { key, value in
        guard let name = key.string, name.hasPrefix("ansible_") else { return (key, value) }
        return (.string(String(name.dropFirst("ansible_".count))), value)
      })
  }
}
