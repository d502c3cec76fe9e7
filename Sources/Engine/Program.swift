import Diagnostics
import Model
import Schema

/// A playbook compiled for an inventory: plays with their hosts and flat lists of instructions, and the graph over them.
package struct Program: Sendable {
  package let plays: [CompiledPlay]
  package let graph: TaskGraph
  /// Ids that `needs` names and of which hosts or tasks are left out of this run: taken as done.
  package let assumed: [Assumption]
  /// The plays behind it as they are with the inventory of the beginning: they are compiled anew when they are reached,
  /// for hosts and groups may have been added.
  package var later: [CompiledPlay] = []
  /// Compiles the plays behind it; nil when there are none.
  var rest: (@Sendable (Inventory, EarlierPlays, inout DiagnosticBag) -> Program?)?

  init(plays: [CompiledPlay], graph: TaskGraph, assumed: [Assumption]) {
    self.plays = plays
    self.graph = graph
    self.assumed = assumed
  }

  /// All plays, those behind it included.
  package var allPlays: [CompiledPlay] { plays + later }

  /// The plays that end when a play does: those behind it that have no `needs` of their own, by numbers in the playbook.
  var followers: [Int: [Int]] {
    var followers: [Int: [Int]] = [:]
    var chain: [Int] = []
    for play in plays where chain.last != play.play.number {
      if play.play.needs != nil { chain = [] }
      for earlier in chain { followers[earlier, default: []].append(play.play.number) }
      chain.append(play.play.number)
    }
    return followers
  }

  /// Something left out by `--limit` or by tags that another play or task needs.
  package struct Assumption: Sendable, Hashable {
    package let need: String
    /// Empty for all.
    package let hosts: [String]
    package let span: Span?

    var warning: Diagnostic {
      let places = hosts.isEmpty ? "" : " on \(hosts.joined(separator: ", "))"
      return Diagnostic(
        .warning, "assumed-need", "`\(need)` is taken as done\(places): it is not part of this run",
        at: span)
    }
  }
}

/// One play, or one batch of a play with `serial`.
package struct CompiledPlay: Sendable {
  /// The place in `Program.plays`.
  package let number: Int
  package let play: Play
  package let name: String
  package let hosts: [String]
  /// In the order in which every host walks them.
  package let instructions: [Instruction]
  package let handlers: [Instruction]
  /// The nodes of this play in the graph.
  package let nodes: NodeLayout

  /// Whether it begins only when it may act: something before it may have ended it (`meta: end_play` in a batch
  /// before this one).
  var waitsToBegin = false
  /// Hosts that take no part, and why: something before has failed on them, in a part of the run that has ended.
  var barred: [String: String] = [:]

  /// Whether it adds hosts or groups.
  var extendsInventory: Bool { play.extendsInventory }

  /// How many tasks every host has before it, inclusions apart.
  package var taskCount: Int { instructions.count { $0.task != nil } }
}

/// One line of a host's way through a play.
package struct Instruction: Sendable {
  package enum Act: Sendable {
    case task(Task)
    case include(IncludeTasks)
    case flushHandlers
    /// Within a flush: the notified handlers from a place in the play's handlers on.
    case handlers(from: Int)
    /// The end of what an inclusion or a flush of handlers has put in.
    case close
  }

  package let act: Act
  /// The blocks around it, outermost first.
  package let places: [BlockPlace]
  /// Its place in the instructions of the play: with the host it makes the node; of an inclusion's tasks, that of the inclusion.
  package let position: Int
  /// Whether its steps wait for the instruction before it on all hosts of the play, and the ones after for its own.
  package let isLinear: Bool
  package let isHandler: Bool
  /// Every variable that it mentions.
  package let mentions: Set<String>
  /// Whether the node is its own; what an inclusion puts in shares that of the inclusion.
  package var ownsNode = true
  /// Variables of the inclusion's loop.
  package var locals: [String: Value] = [:]
  /// Why it is not known whether it runs at all: its inclusion or the notifying change is in doubt.
  package var doubt: Unknown?

  package var task: Task? {
    guard case .task(let task) = act else { return nil }
    return task
  }

  /// How hosts take turns around it: the outermost such block.
  var rolling: Rolling? { places.lazy.compactMap(\.rolling).first }

  /// Whether a `rescue` section takes over when it fails.
  var isRescuable: Bool { places.contains { $0.section == .main && $0.hasRescue } }

  package var title: String {
    switch act {
    case .task(let task): task.title
    case .include(let include):
      include.name?.text
        ?? "\(include.inclusion == nil ? "include_tasks" : "include_role") \(include.file.text)"
    case .flushHandlers, .handlers, .close: "flush_handlers"
    }
  }

  package var span: Span? {
    switch act {
    case .task(let task): task.span
    case .include(let include): include.span
    case .flushHandlers, .handlers, .close: nil
    }
  }
}

/// Which integers are the nodes of a play.
package struct NodeLayout: Sendable, Hashable {
  package let base: Int
  package let hostCount: Int
  package let instructionCount: Int
  /// How many joins stand between instructions.
  package let joinCount: Int

  /// The play may send steps to the host.
  package func start(_ host: Int) -> Int { base + host }
  package func task(_ position: Int, _ host: Int) -> Int {
    base + hostCount * (1 + position) + host
  }
  /// The host has done its part.
  package func end(_ host: Int) -> Int { base + hostCount * (1 + instructionCount) + host }
  /// All hosts have ended.
  package var join: Int { base + hostCount * (2 + instructionCount) }
  package func lineJoin(_ number: Int) -> Int { join + 1 + number }
  package var endIndex: Int { join + 1 + joinCount }
}
