import Diagnostics
import Model
import ModuleKit
import Schema
import Template

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
      let renderer = evaluator.renderer(task, [:])
      let truth = try task.keywords.when.all(renderer)
      if truth == .no { return await skip(instruction, "Conditional result was False") }
      let variables = try included(task, renderer)
      if evaluator.demand.isRaised {
        try await observeHostFacts(instruction)
        queue.insert(instruction, at: 0)
        return
      }
      setup.variables.include(variables, on: host)
      let taskRun = TaskRun(instruction, node: nil, items: [], started: run.clock.now)
      taskRun.results[0] = ItemResult(result: TaskResult(), outcome: .ok)
      await conclude(taskRun)
    } catch {
      await fail(TaskFailure(error), instruction)
    }
  }

  private func included(
    _ task: Model.Task, _ renderer: Renderer
  ) throws(Diagnostic) -> [String: Variable] {
    let given = try given(task, renderer)
    var variables: [String: Variable] = [:]
    if let folder = try given[LanguageModules.includeVarsFolder] {
      let files = VariableFiles(disk: setup.disk)
      for base in task.folders {
        for path in files.files(below: ControllerPath.join(base, folder)) {
          variables.merge(try load(path, .includeVars, task.span)) { _, later in later }
        }
        if !variables.isEmpty { break }
      }
    } else if let file = try given[LanguageModules.includeVarsFile] {
      let source = TextSource(file, span: task.span)
      guard let found = try firstFile([source], .includeVars, task.folders, renderer) else {
        throw Diagnostic(
          .error, "file-not-found", "the file of variables `\(file)` does not exist", at: task.span)
      }
      variables = found
    }
    guard let name = try given[LanguageModules.includeVarsName] else { return variables }
    let map = ValueMap(
      variables.sorted { $0.key < $1.key }.map { (.string($0.key), $0.value.value) })
    return [name: Variable(.dict(map), Origin(.includeVars))]
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
