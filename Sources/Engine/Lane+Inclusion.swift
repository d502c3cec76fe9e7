import Diagnostics
import Model
import ModuleKit
import Schema
import Template

/// `include_tasks` and `include_role`: what they bring on this host, put in their place.
extension Lane {
  func include(_ include: IncludeTasks, _ instruction: Instruction) async {
    do throws(Diagnostic) {
      if try await isElsewhere(include, instruction) {
        return await close(instruction, .succeeded)
      }
      let evaluator = await evaluator(instruction)
      let passes = try passes(of: include, evaluator, instruction)
      if evaluator.demand.isRaised {
        try await observeHostFacts(instruction)
        if !run.isLost(host.name) { queue.insert(instruction, at: 0) }
        return
      }
      guard case .known(let passes) = passes else { return await doubt(passes, instruction) }
      var spliced: [Instruction] = []
      for pass in passes where pass.truth != .no {
        spliced += try instructions(of: include, pass, instruction)
      }
      register(include, passes)
      splice(spliced, at: instruction)
    } catch {
      await fail(TaskFailure(error), instruction)
    }
  }

  /// One pass of an inclusion's loop.
  private struct Pass {
    let locals: [String: Value]
    let truth: Truth
    /// The file, or the name of the role.
    var file = ""
    var parts: [String: String] = [:]
  }

  /// `run_once`: whether another host includes it.
  private func isElsewhere(
    _ include: IncludeTasks, _ instruction: Instruction
  ) async throws(Diagnostic) -> Bool {
    guard let setting = include.keywords.runOnce, instruction.ownsNode else { return false }
    let renderer = setup.renderer(
      setup.variables.variables(for: host, play: play.play, scope: include.keywords.scope),
      include.folders)
    guard try setting.value(renderer).known == true else { return false }
    for other in play.hosts.indices where other < place {
      _ = await run.coordinator.finished(play.nodes.task(instruction.position, other))
      if run.fates.published(play.number, instruction.position) != nil { return true }
    }
    run.fates.publish([:], play.number, instruction.position)
    return false
  }

  private func passes(
    of include: IncludeTasks, _ evaluator: Evaluator, _ instruction: Instruction
  ) throws(Diagnostic) -> Resolved<[Pass]> {
    func renderer(_ locals: [String: Value]) -> Renderer {
      evaluator.renderer(
        include.keywords, folders: include.folders, role: include.role,
        instruction.locals.merging(locals) { _, inner in inner })
    }
    var loops: [[String: Value]] = [[:]]
    if let loop = include.loop {
      switch try loop.items(renderer([:])) {
      case .unknown(let unknown): return .unknown(unknown)
      case .known(let items): loops = items.indices.map { loop.variables(of: $0, in: items) }
      }
    }
    var passes: [Pass] = []
    for locals in loops {
      let renderer = renderer(locals)
      var pass = Pass(locals: locals, truth: try include.keywords.when.all(renderer))
      if pass.truth != .no {
        switch try include.file.text(renderer) {
        case .known(let file): pass.file = file.string
        case .unknown(let unknown): return .unknown(unknown)
        }
        for (word, source) in include.inclusion?.parts ?? [:] {
          switch try source.text(renderer) {
          case .known(let text): pass.parts[word] = text.string
          case .unknown(let unknown): return .unknown(unknown)
          }
        }
      }
      passes.append(pass)
    }
    return .known(passes)
  }

  private func instructions(
    of include: IncludeTasks, _ pass: Pass, _ instruction: Instruction
  ) throws(Diagnostic) -> [Instruction] {
    let included = try included(by: include, pass)
    addHandlers(included.handlers)
    var doubt = instruction.doubt
    if case .unknown(let unknown) = pass.truth { doubt = doubt?.merging(unknown) ?? unknown }
    return flattened(
      included.tasks, places: instruction.places, position: instruction.position,
      isHandler: instruction.isHandler,
      locals: instruction.locals.merging(pass.locals) { _, inner in inner }
    ).map { included in
      var included = included
      included.locals = instruction.locals.merging(pass.locals) { _, inner in inner }
      included.doubt = doubt
      return included
    }
  }

  private func flattened(
    _ entries: [TaskEntry], places: [BlockPlace], position: Int, isHandler: Bool,
    locals: [String: Value] = [:]
  ) -> [Instruction] {
    let filter = isHandler ? TagFilter.all : TagFilter(setup.options)
    var flattening = Flattening(
      registry: setup.registry, filter: filter, blocks: blockNumber, places: places)
    flattening.position = position
    flattening.isHandler = isHandler
    flattening.rendersTags = !setup.options.tags.isEmpty || !setup.options.skipTags.isEmpty
    let (variables, host, play) = (setup.variables, self.host, self.play.play)
    flattening.variables = { scope in
      variables.variables(for: host, play: play, scope: scope, locals: locals)
    }
    flattening.add(entries)
    flattening.problems.forEach(run.notice)
    blockNumber += 1000
    return flattening.instructions
  }

  /// Handlers of a role join those of the play, each once.
  private func addHandlers(_ entries: [TaskEntry]) {
    guard !entries.isEmpty else { return }
    let known = Set(handlers.compactMap(\.span))
    handlers += flattened(entries, places: [], position: 0, isHandler: true).filter { handler in
      handler.span.map { !known.contains($0) } ?? true
    }
  }

  private func included(by include: IncludeTasks, _ pass: Pass) throws(Diagnostic) -> Included {
    if let tasks = include.tasks { return Included(tasks: tasks) }
    do {
      return try setup.includeTasks(include, pass.file, pass.parts)
    } catch let error as Diagnostic {
      throw error
    } catch let error as DiagnosticError {
      throw error.diagnostics.first ?? unloaded(include, pass.file, "")
    } catch {
      throw unloaded(include, pass.file, ": \(error)")
    }
  }

  private func unloaded(_ include: IncludeTasks, _ file: String, _ reason: String) -> Diagnostic {
    Diagnostic(.error, "include", "`\(file)` cannot be loaded\(reason)", at: include.span)
  }

  /// `register` on an inclusion: what was included.
  private func register(_ include: IncludeTasks, _ passes: [Pass]) {
    guard let name = include.register?.text else { return }
    let results = passes.map { pass -> TaskResult in
      pass.truth == .no
        ? .skipped("Conditional result was False")
        : TaskResult(values: ["include": .string(pass.file), "include_args": .dict([:])])
    }
    let value =
      include.loop == nil
      ? results[0].value(isSecret: false)
      : TaskResult.loop(zip(passes, results).map { ($0.locals, $1) }, isSecret: false)
    setup.variables.set(name, to: value, on: host)
  }

  /// Dry run: what it would bring is only known later.
  private func doubt(_ passes: Resolved<[Pass]>, _ instruction: Instruction) async {
    guard case .unknown(let unknown) = passes else { return }
    guard isDry else {
      return await fail(
        TaskFailure("unknown", "what it depends on is not known: \(unknown.summary)"), instruction)
    }
    run.report(
      TaskReport(
        host: host.name, play: play.name, task: instruction.title, module: "",
        span: instruction.span, path: "", outcome: .maybe(unknown), assuming: assuming))
    assuming.append("`\(instruction.title)` brings nothing")
    await close(instruction, .succeeded)
  }

  /// Puts instructions in the place of one, and ends its node after them.
  func splice(_ instructions: [Instruction], at instruction: Instruction) {
    var end = Instruction(
      act: .close, places: [], position: instruction.position, isLinear: false,
      isHandler: instruction.isHandler, mentions: [])
    end.ownsNode = false
    let tail = instruction.ownsNode ? [end] : []
    queue.insert(contentsOf: instructions + tail, at: 0)
  }
}
