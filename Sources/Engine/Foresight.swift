import Diagnostics
import Model
import ModuleKit
import Schema
import Template

/// What the tasks of a program will be on their hosts, as far as that is known before any host was asked.
package struct Foresight: Sendable {
  /// One task, or one pass of its loop, on one host.
  package struct Occurrence: Sendable {
    /// The task.
    package let task: Task
    /// The inventory's name of the machine that it would work on.
    package let host: String
    /// Unknown where it depends on what only the host, or an earlier task, can tell.
    package let module: Resolved<any Module>
    /// Whether it is not certain that it runs.
    package let isDoubtful: Bool
    /// What is wrong with its arguments; nil where nothing is.
    package var failure: Diagnostic?
  }

  private let setup: RunSetup

  package init(_ setup: RunSetup) { self.setup = setup }

  /// Every task on every host of its play, in the order of the program; those that certainly do not run are left out.
  package func occurrences(of program: Program) -> [Occurrence] {
    occurrences(of: program) { _ in true }
  }

  /// What is wrong with the bundles that tasks take from: found before anything is touched.
  package func bundleFaults(of program: Program) -> [Diagnostic] {
    func takesFromBundle(_ task: Task) -> Bool {
      let manual = setup.registry.module(named: task.module)?.manual
      return manual?.parameters.contains { $0.treatment == .bundle } ?? false
    }
    let tasks = program.allPlays.flatMap {
      ($0.instructions + $0.handlers).flatMap(\.upcomingTasks)
    }
    guard tasks.contains(where: takesFromBundle) else { return [] }
    return occurrences(of: program) { takesFromBundle($0) || $0.isLanguage("set_fact") }
      .compactMap(\.failure).filter { $0.id.hasPrefix("bundle-") }
  }

  /// Inclusions of which only a run can say what they bring: where they stand.
  package func openInclusions(of program: Program) -> [Span] {
    program.allPlays.flatMap(\.instructions).compactMap { instruction in
      guard case .include(let include) = instruction.act, include.tasks == nil else { return nil }
      return instruction.span
    }
  }

  private func occurrences(
    of program: Program, where matters: (Task) -> Bool
  ) -> [Occurrence] {
    var found: [Occurrence] = []
    for play in program.allPlays {
      for name in play.hosts {
        guard let host = setup.host(named: name) else { continue }
        let instructions = play.instructions + play.handlers
        var evaluator = Evaluator(
          setup: setup, play: play, host: host, pending: instructions.pendingNames,
          hasHostFacts: false)
        for task in instructions.flatMap(\.upcomingTasks) where matters(task) {
          found += occurrences(of: task, &evaluator)
        }
      }
    }
    return found
  }

  private func occurrences(of task: Task, _ evaluator: inout Evaluator) -> [Occurrence] {
    func unknown(_ reason: Unknown, _ failure: Diagnostic? = nil) -> Occurrence {
      Occurrence(
        task: task, host: evaluator.host.name, module: .unknown(reason), isDoubtful: failure == nil,
        failure: failure)
    }
    let work: TaskWork
    do throws(Diagnostic) {
      work = try evaluator.work(task)
    } catch {
      return [unknown(Unknown(error.message), error)]
    }
    switch work {
    case .skipped: return []
    case .unknown(let reason): return [unknown(reason)]
    case .items(let items):
      for item in items {
        if case .known(let module) = item.module, case .controller(let module) = module.shaped {
          evaluator.assume(module.run().effects)
        }
      }
      return items.filter { $0.truth != .no }.map { item in
        Occurrence(
          task: task, host: item.failure == nil ? item.machine : evaluator.host.name,
          module: item.module, isDoubtful: item.truth != .yes, failure: item.failure)
      }
    }
  }
}

extension Evaluator {
  /// `set_fact` runs on the controller alone: what it comes to is known ahead.
  mutating func assume(_ effects: [ControllerEffect]) {
    for case .setFacts(let facts) in effects {
      for (key, value) in facts.pairs {
        if let name = key.string { assumed[name] = value }
      }
    }
  }
}

extension [Instruction] {
  /// Names that the instructions will set, and by what.
  var pendingNames: [String: Unknown] {
    var names: [String: Unknown] = [:]
    for task in flatMap(\.upcomingTasks) {
      let unknown = Unknown("the result of task `\(task.title)`")
      if let register = task.register { names[register.text] = unknown }
      if task.module.hasSuffix("set_fact") {
        for name in task.arguments.keys { names[name] = unknown }
      }
    }
    return names
  }
}
