import Model
import Synchronization

/// Loads the files of inclusions that are only known during a run; every task gets a number of its own.
///
/// Hosts that come to the same file share its tasks.
final class Inclusions: Sendable {
  private struct Key: Hashable {
    /// The number of the inclusion.
    let inclusion: Int
    let file: String
    let parts: [String: String]
  }

  private struct State {
    var nextNumber: Int
    var loaded: [Key: Included] = [:]
  }

  private let loader: PlaybookLoader
  private let playbook: Playbook
  private let state: Mutex<State>

  init(loader: PlaybookLoader, playbook: Playbook) {
    self.loader = loader
    self.playbook = playbook
    state = Mutex(State(nextNumber: playbook.nextTaskNumber))
  }

  /// The tasks of a file or role, as an inclusion names it.
  @Sendable func tasks(
    of include: IncludeTasks, in file: String, parts: [String: String]
  ) throws -> Included {
    try state.withLock { state in
      let key = Key(inclusion: include.number, file: file, parts: parts)
      if let known = state.loaded[key] { return known }
      let included = try loader.tasks(
        of: include, file: file, parts: parts, in: playbook, firstNumber: state.nextNumber)
      state.nextNumber = (included.tasks + included.handlers).reduce(state.nextNumber) {
        max($0, $1.greatestNumber + 1)
      }
      state.loaded[key] = included
      return included
    }
  }
}
