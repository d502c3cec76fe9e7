import Diagnostics
import Model
import ModuleKit
import Schema
import Template
import Transport

/// Looks ahead over everything that a host has before it, and says what will have to be known: probes never wait.
///
/// Results that are not there yet are unknown; what depends on them is asked for later. Mistakes are left for the
/// moment when the task is reached.
struct Survey: Sendable {
  let run: Run
  let host: Host
  let privilege: Privilege

  ///
  /// `given`: what counts as known; nil means what the machine knows.
  func requests(
    from parts: [(play: CompiledPlay, instructions: [Instruction])], given: FactView? = nil
  ) async -> [FactRequest] {
    let machine = run.machine(of: host.name, play: parts.first?.play)
    let known = await machine.view(as: privilege)
    let view = given ?? known
    let hasHostFacts = run.progress.hasFacts(host.name)
    var wanted: [FactKey: FactRequest] = [:]
    var wantsHostFacts = false
    for (play, instructions) in parts {
      var evaluator = Evaluator(
        setup: run.setup, play: play, host: host, pending: instructions.pendingNames,
        typical: run.setup.hostFacts.typical, hasHostFacts: hasHostFacts)
      for instruction in instructions where !instruction.isHandler {
        for task in instruction.upcomingTasks {
          collect(&evaluator, task, view, into: &wanted)
        }
      }
      if (try? play.play.gatherFacts?.value(run.setup.renderer(ValueMap(), [])).known) == true {
        wantsHostFacts = true
      }
      if evaluator.demand.isRaised { wantsHostFacts = true }
    }
    let request = run.setup.hostFacts.request
    if wantsHostFacts, !hasHostFacts { wanted[request.key] = request }
    return Array(wanted.values)
  }

  private func collect(
    _ evaluator: inout Evaluator, _ task: Model.Task, _ view: FactView,
    into wanted: inout [FactKey: FactRequest]
  ) {
    guard task.keywords.delegateTo == nil, case .items(let items)? = try? evaluator.work(task)
    else { return }
    for item in items
    where item.truth != .no && item.privilege == privilege && item.machine == host.name {
      if case .known(let module) = item.module, case .controller(let module) = module.shaped {
        evaluator.assume(module.run().effects)
      }
      for request in reads(of: item, view) where !view.answers(request) {
        wanted[request.key, default: request].wants.formUnion(request.wants)
      }
    }
  }

  /// What an item wants to know; where its module waits for homes of accounts, those first.
  private func reads(of item: ItemWork, _ view: FactView) -> [FactRequest] {
    if let postponed = item.postponed {
      let module = (try? postponed.module(view)) ?? nil
      return postponed.reads(view) + (module?.reads(given: view) ?? [])
    }
    guard case .known(let module) = item.module else { return [] }
    return view.isEmpty ? item.firstReads.requests(of: module) : module.reads(given: view)
  }
}

extension Instruction {
  /// The tasks that it is, or is known to put in.
  var upcomingTasks: [Model.Task] {
    switch act {
    case .task(let task): [task]
    case .include(let include): (include.tasks ?? []).flatMap(\.allTasks)
    case .flushHandlers, .handlers, .close: []
    }
  }
}

extension Module {
  /// What the module wants to know, whatever its shape.
  func reads(given facts: FactView) -> [FactRequest] {
    switch shaped {
    case .state(let module): module.reads(given: facts)
    case .query(let module): module.reads(given: facts)
    case .action(let module): module.reads(given: facts)
    case .controller: []
    }
  }
}
