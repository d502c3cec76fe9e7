import Model
import Synchronization

/// Loads the files of inclusions that are only known during a run; every task gets a number of its own.
final class Inclusions: Sendable {
  private let loader: PlaybookLoader
  private let playbook: Playbook
  private let nextNumber: Mutex<Int>

  init(loader: PlaybookLoader, playbook: Playbook) {
    self.loader = loader
    self.playbook = playbook
    nextNumber = Mutex(playbook.nextTaskNumber)
  }

  /// The tasks of a file, as an inclusion names it.
  @Sendable func tasks(of include: IncludeTasks, in file: String) throws -> [TaskEntry] {
    let first = nextNumber.withLock { $0 }
    let tasks = try loader.tasks(of: include, file: file, in: playbook, firstNumber: first)
    let last = tasks.flatMap(\.allTasks).map(\.number).max() ?? first
    nextNumber.withLock { $0 = max($0, last + 1) }
    return tasks
  }
}
