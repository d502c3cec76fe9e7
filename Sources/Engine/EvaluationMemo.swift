import Model
import Schema
import Synchronization
import Template

/// What tasks came to, kept with the variables that were read on the way: who reads the same comes to the same.
///
/// A task is worked out when a host's way is surveyed and again when the host gets there, and most
/// tasks read the same values on many hosts. Nothing is kept that took anything from outside the
/// variables, or that looked at all of them.
final class EvaluationMemo: Sendable {
  /// What a task came to, and by which values.
  struct Entry: Sendable {
    let work: TaskWork
    let read: [VariableReads.Read]
  }

  /// How many different outcomes of a task are kept, the latest first.
  private static let variants = 4

  private let entries = Mutex<[Int: [Entry]]>([:])

  /// The outcome of a task whose reads come to the same over these variables; nil when there is none.
  ///
  /// `task`: its number in the playbook.
  func work(of task: Int, reading variables: some Variables) -> TaskWork? {
    guard let known = entries.withLock({ $0[task] }) else { return nil }
    return known.first { entry in
      entry.read.allSatisfy { read in
        guard let value = try? variables.value(named: read.name) else { return read.value == nil }
        // Equal texts may still differ in whether they are secret.
        return value == read.value && value.deepMarks == read.value?.deepMarks
      }
    }?.work
  }

  func keep(_ work: TaskWork, of task: Int, _ reads: VariableReads) {
    guard let read = reads.finished() else { return }
    entries.withLock { entries in
      var known = entries[task] ?? []
      if known.count >= Self.variants { known.removeLast() }
      known.insert(Entry(work: work, read: read), at: 0)
      entries[task] = known
    }
  }

  /// Files of the controller may have changed: everything is worked out anew.
  func forget() { entries.withLock { $0.removeAll() } }
}

/// Which variables were read while something was worked out, and what they were.
final class VariableReads: Sendable {
  struct Read: Sendable {
    let name: String
    /// nil where the name is not defined.
    let value: Value?
  }

  private struct State {
    var reads: [Read] = []
    var names: Set<String> = []
    var isComplete = true
  }

  private let state = Mutex(State())
  private let outside = OutsideReads.count

  func note(_ name: String, _ value: Value?) {
    state.withLock { state in
      if state.names.insert(name).inserted { state.reads.append(Read(name: name, value: value)) }
    }
  }

  /// Something was read that has no single name, such as other hosts' variables.
  func giveUp() { state.withLock { $0.isComplete = false } }

  /// The reads, in order; nil when they are not all that the outcome depends on.
  func finished() -> [Read]? {
    guard outside == OutsideReads.count else { return nil }
    return state.withLock { $0.isComplete ? $0.reads : nil }
  }
}
