import Diagnostics
import Model
import ModuleKit
import Schema
import Template
import Transport

/// What a lane needs to know before it can decide, and how it gets to know it in as few exchanges as possible.
extension Lane {
  /// The evaluator for an instruction, with what is known now.
  func evaluator(_ instruction: Instruction) async -> Evaluator {
    let pending = batch.registers.map { ($0, Unknown("a task that has not run")) }
    return Evaluator(
      setup: setup, play: play, host: host,
      pending: Dictionary(pending, uniquingKeysWith: { first, _ in first }),
      hasHostFacts: await knowsHostFacts())
  }

  /// Whether the host's facts are among its variables; takes them over where they were observed.
  func knowsHostFacts() async -> Bool {
    if run.progress.hasFacts(host.name) { return true }
    let machine = run.machine(of: host.name, play: play)
    for view in await machine.allViews {
      if let variables = setup.hostFacts.variables(view) {
        setup.variables.setFacts(variables, on: host)
        run.progress.gotFacts(host.name)
        return true
      }
    }
    return false
  }

  /// The view of a machine as this lane will find it: with what its own batch is about to do.
  func view(_ work: ItemWork) async -> FactView {
    let view = await run.machine(of: work.machine, play: play).view(as: work.privilege)
    guard work.machine == batch.machine, !batch.isEmpty else { return view }
    return batch.foreseen(view)
  }

  /// The view with everything that is wanted, given what is known.
  ///
  /// What steps may have touched is forgotten, also where another play of the same host has sent them since it was
  /// observed; then it is asked for again. nil where the lane has to go elsewhere, as the host cannot be reached.
  func complete(
    _ wanted: (FactView) -> [FactRequest], _ item: ItemWork, _ instruction: Instruction
  ) async -> (view: FactView, reads: [FactRequest])? {
    let jumped = jumps
    while jumps == jumped, !run.isLost(host.name) {
      let view = await view(item)
      let reads = wanted(view)
      let missing = reads.filter { !view.answers($0) }
      if missing.isEmpty { return (view, reads) }
      await observe(missing, on: item.machine, as: item.privilege, beyond: instruction)
    }
    return nil
  }

  /// Asks for the host's facts along with all that lies ahead.
  func observeHostFacts(_ instruction: Instruction) async throws(Diagnostic) {
    let privilege = try ownPrivilege(instruction)
    let jumped = jumps
    await observe([setup.hostFacts.request], on: host.name, as: privilege, beyond: instruction)
    if jumps != jumped { return }
    if !(await knowsHostFacts()) {
      throw Diagnostic(
        .error, "host-facts", "facts of host `\(host.name)` could not be read", at: instruction.span
      )
    }
  }

  /// One exchange: what is asked for, and what the rest of the host's way will ask for.
  func observe(
    _ requests: [FactRequest], on machine: String, as privilege: Privilege,
    beyond instruction: Instruction
  ) async {
    var wanted = requests
    if machine == host.name {
      wanted += await ahead(of: instruction, as: privilege)
    }
    do throws(TransportError) {
      _ = try await run.machine(of: machine, play: play).probe(wanted, as: privilege)
    } catch {
      await lose(error, on: machine, instruction)
    }
  }

  /// Everything that the instructions after one, in this play and the later ones, will want to know of the host.
  func ahead(of instruction: Instruction?, as privilege: Privilege) async -> [FactRequest] {
    let survey = Survey(run: run, host: host, privilege: privilege)
    var instructions = queue
    if let instruction { instructions.insert(instruction, at: 0) }
    return await survey.requests(
      from: [(play, instructions)] + run.laterPlays(after: play.number, of: host.name))
  }

  /// The account that facts about the host are read with: that of the task.
  func ownPrivilege(_ instruction: Instruction) throws(Diagnostic) -> Privilege {
    let keywords = instruction.task?.keywords ?? play.play.keywords
    let renderer = setup.renderer(
      setup.variables.variables(for: host, play: play.play, scope: keywords.scope),
      [play.play.folder])
    return try ConnectionSettings(
      host: host.name, keywords: keywords, renderer: renderer, options: setup.options
    ).privilege().known ?? .none
  }

  /// The host cannot be talked to any more: everything that is left is blocked.
  ///
  /// A task with `ignore_unreachable` alone is given up then; the next one tries again.
  func lose(_ error: TransportError, on machine: String, _ instruction: Instruction) async {
    if let task = instruction.task, ignoresUnreachable(task) {
      await run.machine(of: machine, play: play).forgetFailure()
      jumps += 1
      await conclude(unreachable: instruction, error)
      return
    }
    run.lose(host.name, error)
    batch = Batch()
    queue.removeAll()
    jumps += 1
    run.failed(host.name, in: play, isFatal: instruction.task.map(isFatal) ?? false)
    _ = blocks.fail(TaskFailure("unreachable", error.message), at: [])
  }
}
