import Diagnostics
import Model
import ModuleKit
import Schema
import Template
import Transport

/// Files of variables that are only found while a play runs.
extension Lane {
  /// `vars_files` whose paths hold templates: the first of each that exists.
  func loadVarsFiles() async {
    for file in play.play.laterVarsFiles {
      do throws(Diagnostic) {
        let renderer = try await rendererWithFacts(file.candidates)
        guard
          let variables = try firstFile(
            file.candidates, .playVarsFiles, [play.play.folder], renderer)
        else {
          let names = file.candidates.map { "`\($0.text)`" }.joined(separator: ", ")
          throw Diagnostic(
            .error, "file-not-found", "the file of variables \(names) does not exist",
            at: file.candidates.first?.span)
        }
        setup.variables.includeVarsFiles(variables, on: host, play: play.play)
      } catch {
        guard let first = queue.first else { return }
        await fail(TaskFailure(error), first)
        return
      }
    }
  }

  /// `include_vars`.
  func includeVars(_ task: Model.Task, _ instruction: Instruction) async {
    guard await settled(instruction) else { return }
    do throws(Diagnostic) {
      let evaluator = await evaluator(instruction).adding(instruction.locals)
      let passes = try includedPasses(task, evaluator)
      if evaluator.demand.isRaised {
        let jumped = jumps
        try await observeHostFacts(instruction)
        if jumps == jumped { queue.insert(instruction, at: 0) }
        return
      }
      switch passes {
      case .unknown(let unknown): return await doubt(instruction, unknown)
      case .known(let passes) where passes.isEmpty:
        return await skip(instruction, "No items in the list", [])
      case .known(let passes) where passes.allSatisfy { $0.truth == .no }:
        let loops = task.loop == nil ? nil : passes.map(\.locals)
        return await skip(instruction, "Conditional result was False", loops)
      case .known(let passes): await conclude(passes, task, instruction)
      }
    } catch {
      await fail(TaskFailure(error), instruction)
    }
  }

  /// One pass of the loop of an `include_vars`.
  private struct VarsPass {
    let locals: [String: Value]
    let label: (value: Value, index: Int, label: String)?
    let truth: Truth
    var variables: [String: Variable] = [:]
    var files: [String] = []
  }

  private func includedPasses(
    _ task: Model.Task, _ evaluator: Evaluator
  ) throws(Diagnostic) -> Resolved<[VarsPass]> {
    var passes: [VarsPass] = []
    func add(
      _ locals: [String: Value], _ item: (value: Value, index: Int, label: String)?
    ) throws(Diagnostic) {
      let renderer = evaluator.renderer(task, locals)
      var pass = VarsPass(
        locals: locals, label: item, truth: try task.keywords.when.all(renderer))
      if pass.truth != .no {
        (pass.variables, pass.files) = try included(task, renderer)
      }
      passes.append(pass)
    }
    guard let loop = task.loop else {
      try add([:], nil)
      return .known(passes)
    }
    let plain = evaluator.renderer(task, [:])
    if (try? task.keywords.when.all(plain)) == .no {
      return .known([VarsPass(locals: [:], label: nil, truth: .no)])
    }
    switch try loop.items(plain) {
    case .unknown(let unknown): return .unknown(unknown)
    case .known(let items):
      for index in items.indices {
        let locals = loop.variables(of: index, in: items)
        let label = try evaluator.label(loop, items[index], evaluator.renderer(task, locals))
        try add(locals, (items[index], index, label))
      }
    }
    return .known(passes)
  }

  private func conclude(
    _ passes: [VarsPass], _ task: Model.Task, _ instruction: Instruction
  ) async {
    let items = passes.map { pass in
      ItemWork(
        item: pass.label, truth: pass.truth, module: .unknown(Unknown("include_vars")),
        privilege: .none, machine: host.name, locals: pass.locals, isSecret: false,
        environment: [], isChecked: isDry, factsHost: host.name)
    }
    let taskRun = TaskRun(instruction, node: nil, items: items, started: run.clock.now)
    for (index, pass) in passes.enumerated() { taskRun.results[index] = take(pass) }
    await conclude(taskRun)
  }

  /// Makes the variables of a pass those of the host; in doubt whether it runs, they are unknown.
  private func take(_ pass: VarsPass) -> ItemResult {
    switch pass.truth {
    case .no:
      let reason = "Conditional result was False"
      return ItemResult(result: .skipped(reason), outcome: .skipped(reason: reason))
    case .unknown(let doubt):
      let unknown = pass.variables.mapValues { Variable(.unknown(doubt), $0.origin) }
      setup.variables.include(unknown, on: host)
      return ItemResult(result: TaskResult(unknown: doubt), outcome: .maybe(doubt))
    case .yes:
      setup.variables.include(pass.variables, on: host)
      let all = pass.variables.sorted { $0.key < $1.key }
      let result: ValueMap = [
        "ansible_facts": .dict(ValueMap(all.map { (.string($0.key), $0.value.value) })),
        "ansible_included_var_files": .list(pass.files.map(Value.string)),
      ]
      return ItemResult(result: TaskResult(values: result), outcome: .ok)
    }
  }

  private func included(
    _ task: Model.Task, _ renderer: Renderer
  ) throws(Diagnostic) -> (variables: [String: Variable], files: [String]) {
    let given = try given(task, renderer)
    var variables: [String: Variable] = [:]
    var files: [String] = []
    if let folder = try given[LanguageModules.includeVarsFolder] {
      let choice = try VariableFolder(given)
      let places = task.folders.flatMap {
        [ControllerPath.join($0, "vars/\(folder)"), ControllerPath.join($0, folder)]
      }
      guard let place = places.first(where: { setup.disk.kind($0) == .folder }) else {
        throw Diagnostic(
          .error, "file-not-found", "the folder of variables `\(folder)` does not exist",
          at: task.span)
      }
      files = choice.files(in: place, setup.disk)
      for path in files {
        variables.merge(try load(path, .includeVars, task.span)) { _, later in later }
      }
    } else if let file = try given[LanguageModules.includeVarsFile] {
      let source = TextSource(file, span: task.span)
      guard let found = try firstFile([source], .includeVars, task.folders, renderer) else {
        throw Diagnostic(
          .error, "file-not-found", "the file of variables `\(file)` does not exist", at: task.span)
      }
      variables = found
      files = [file]
    }
    guard let name = try given[LanguageModules.includeVarsName] else { return (variables, files) }
    let map = ValueMap(
      variables.sorted { $0.key < $1.key }.map { (.string($0.key), $0.value.value) })
    return ([name: Variable(.dict(map), Origin(.includeVars))], files)
  }

  private func given(_ task: Model.Task, _ renderer: Renderer) throws(Diagnostic) -> Arguments {
    var given: [String: Argument] = [:]
    for (name, source) in task.arguments { given[name] = try source.argument(renderer) }
    return Arguments(module: task.module, span: task.moduleSpan, given: given)
  }

  private func firstFile(
    _ candidates: [TextSource], _ level: VariableLevel, _ folders: [String], _ renderer: Renderer
  ) throws(Diagnostic) -> [String: Variable]? {
    for candidate in candidates {
      guard let name = try candidate.text(renderer).known?.string else { continue }
      for folder in folders {
        for path in VariableFiles.candidates(name, folder: folder)
        where setup.disk.kind(path) == .file {
          return try load(path, level, candidate.span)
        }
      }
    }
    return nil
  }

  private func load(
    _ path: String, _ level: VariableLevel, _ span: Span?
  ) throws(Diagnostic) -> [String: Variable] {
    do throws(DiagnosticError) {
      return try VariableFiles(disk: setup.disk).variables(ofFile: path, level: level, at: span)
    } catch {
      throw error.diagnostics.first
        ?? Diagnostic(.error, "file-not-found", "`\(path)` cannot be loaded", at: span)
    }
  }

  /// A renderer over the play's variables, after the host's facts were read if the texts want them.
  private func rendererWithFacts(_ texts: [TextSource]) async throws(Diagnostic) -> Renderer {
    guard let first = queue.first else { return setup.renderer(ValueMap(), []) }
    let evaluator = await evaluator(first)
    let renderer = evaluator.renderer(
      play.play.keywords, folders: [play.play.folder], role: nil, [:])
    for text in texts { _ = try text.text(renderer) }
    guard evaluator.demand.isRaised else { return renderer }
    try await observeHostFacts(first)
    return await self.evaluator(first).renderer(
      play.play.keywords, folders: [play.play.folder], role: nil, [:])
  }
}
