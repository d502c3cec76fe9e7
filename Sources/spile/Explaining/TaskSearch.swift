import Diagnostics
import Engine
import Model

/// Finds tasks of a program by name or id.
struct TaskSearch {
  let program: Program
  let wanted: String

  /// A task and the line of the play that it belongs to.
  struct Match {
    let play: CompiledPlay
    /// The task itself; nil where the inclusion is meant.
    let task: Task?
    /// Its own line, that of the inclusion that brings it, or that of a handler.
    let instruction: Instruction
    /// Whether its order is only known when it is reached: a play before it adds hosts or groups.
    let isLater: Bool
  }

  /// An explanation for each task of that name; ends the command where there is none.
  func explanations(host: String?) throws -> [TaskExplanation] {
    var matches = self.matches { $0.id == wanted }
    if matches.isEmpty { matches = self.matches { $0.title == wanted } }
    if matches.isEmpty { try Complaints.fail(unknown) }
    if let host {
      matches = matches.filter { $0.play.hosts.contains(host) }
      guard !matches.isEmpty else {
        try Complaints.fail(
          Diagnostic(
            .error, "unknown-host", "`\(host)` takes no part in the plays of `\(wanted)`",
            help: "leave --host away to see the first host of each play"))
      }
    }
    var plays: Set<[Int]> = []
    return matches.filter {
      plays.insert([$0.play.play.number, $0.instruction.position, $0.task?.number ?? -1]).inserted
    }.map { TaskExplanation(program: program, match: $0, host: host ?? $0.play.hosts.first) }
  }

  private typealias Name = (title: String, id: String?)

  private func matches(_ fits: (Name) -> Bool) -> [Match] {
    program.allPlays.enumerated().flatMap { number, play -> [Match] in
      let isLater = number >= program.plays.count
      return (play.instructions + play.handlers).flatMap { instruction -> [Match] in
        switch instruction.act {
        case .task(let task):
          guard fits((task.title, task.id?.text)) else { return [] }
          return [Match(play: play, task: task, instruction: instruction, isLater: isLater)]
        case .include(let include):
          var found: [Match] = []
          if fits((instruction.title, include.id?.text)) {
            found.append(Match(play: play, task: nil, instruction: instruction, isLater: isLater))
          }
          let inner = (include.tasks ?? []).flatMap(\.allTasks)
          found += inner.filter { fits(($0.title, $0.id?.text)) }
            .map { Match(play: play, task: $0, instruction: instruction, isLater: isLater) }
          return found
        default: return []
        }
      }
    }
  }

  private var unknown: Diagnostic {
    var names: [String] = []
    _ = matches { name in
      names += [name.title] + (name.id.map { [$0] } ?? [])
      return false
    }
    return Diagnostic(
      .error, "unknown-task", "no task has the name or id `\(wanted)`",
      help: suggestion(for: wanted, among: names).map { "did you mean `\($0)`?" }
        ?? "`spile plan --list-tasks` lists them")
  }
}
