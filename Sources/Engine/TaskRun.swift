import Model
import ModuleKit
import Schema
import Transport

/// One task on one host while it is being worked on: its items and what has become of them.
///
/// Belongs to the lane that made it and never leaves it.
final class TaskRun {
  let instruction: Instruction
  /// nil for what an inclusion or a flush of handlers has put in.
  let node: Int?
  private(set) var items: [ItemWork]
  let started: ContinuousClock.Instant
  var results: [Int: ItemResult] = [:]
  /// Items whose `changed_when`, `failed_when` and `until` have been answered.
  var judged: Set<Int> = []
  /// Whether each item is finished, with all its tries, before the next one begins.
  let goesStepByStep: Bool
  /// The variables of the passes of a loop that was left out altogether; nil when it was not, or nobody knows them.
  var leftOut: [[String: Value]]?
  /// Whether an earlier task failed before this one was sent: it starts over later.
  var isAbandoned = false

  init(_ instruction: Instruction, node: Int?, items: [ItemWork], started: ContinuousClock.Instant)
  {
    self.instruction = instruction
    self.node = node
    self.items = items
    self.started = started
    let task = instruction.task
    goesStepByStep =
      !items.isEmpty
      && (task?.until != nil || task?.retries != nil
        || task?.loop?.control.breakWhen.isEmpty == false)
  }

  /// Leaves out what stands behind an item.
  func endLoop(after index: Int) {
    items.removeSubrange((index + 1)...)
    results = results.filter { $0.key <= index }
  }

  var isComplete: Bool { results.count == items.count }
}

/// What became of one item.
struct ItemResult {
  var result: TaskResult
  var outcome: TaskReport.Outcome
  var changes: [Change] = []
  var message: Value?
  var mispredicted: [String] = []
}

/// Steps that are to be sent together, with the items that want them, in order.
struct Batch {
  struct Entry {
    let run: TaskRun
    let item: Int
    let module: any StateModule
    let reads: [FactRequest]
    /// What the changes were worked out from.
    let before: FactView
    /// Empty for an item that is in sync but stands behind one that is not.
    let changes: [Change]
  }

  var machine = ""
  var privilege = Privilege.none
  private(set) var entries: [Entry] = []
  private(set) var footprint = Footprint.nothing
  private(set) var predictions: [Prediction] = []

  var isEmpty: Bool { entries.isEmpty }

  /// Names whose values are only known once the batch is sent.
  var registers: Set<String> {
    Set(entries.compactMap { $0.run.instruction.task?.register?.text })
  }

  mutating func add(_ entry: Entry) {
    entries.append(entry)
    for change in entry.changes {
      for step in change.steps { footprint = footprint.union(step.footprint) }
      predictions += change.predicts
    }
  }

  /// Whether what an item reads is left alone by the batch, or exactly predicted by it.
  func foresees(_ reads: [FactRequest]) -> Bool {
    let exact = Set(predictions.filter(\.isExact).map(\.key))
    return reads.allSatisfy { !footprint.touches($0.key) || exact.contains($0.key) }
  }

  /// Whether another task is about to remove a folder that a registered result of the batch tells about: that result
  /// is to tell what its own task left behind, of which a size is only known once it is there.
  func losesResult(to changes: [Change], of run: TaskRun) -> Bool {
    let trees = Footprint(
      Set(
        changes.flatMap(\.steps).flatMap(\.footprint.parts).filter { part in
          if case .tree = part { true } else { false }
        }))
    return entries.contains { entry in
      entry.run !== run && entry.run.instruction.task?.register != nil
        && entry.reads.contains { trees.touches($0.key) }
    }
  }

  /// What the batch finally makes of a thing.
  func lastPrediction(of key: FactKey) -> Prediction? { predictions.last { $0.key == key } }

  /// Whether a later task of the batch may write the thing again.
  func touches(_ key: FactKey, after entry: Entry) -> Bool {
    guard let place = entries.lastIndex(where: { $0.run === entry.run }) else { return false }
    return entries[(place + 1)...].flatMap(\.changes).flatMap(\.steps)
      .contains { $0.footprint.touches(key) }
  }

  /// What an entry left behind: where a later one made something over, as it was foreseen between the two.
  func after(_ entry: Entry, _ view: FactView) -> FactView {
    guard let place = entries.firstIndex(where: { $0.run === entry.run && $0.item == entry.item })
    else { return view }
    let later = entries[(place + 1)...].flatMap(\.changes).flatMap(\.steps).map(\.footprint)
    let foreseen = entry.before.predicting(entry.changes.flatMap(\.predicts))
    var left = view
    for key in entry.reads.map(\.key) where later.contains(where: { $0.touches(key) }) {
      left[key] = foreseen[key]
    }
    return left
  }

  /// Whether what an entry made was meant to be made over by a later one, and everything is as that one predicted.
  func overrides(_ entry: Entry, _ view: FactView) -> Bool {
    guard let place = entries.firstIndex(where: { $0.run === entry.run && $0.item == entry.item })
    else { return false }
    let later = entries[(place + 1)...].flatMap(\.changes)
    let made = Set(later.flatMap(\.predicts).map(\.key)).intersection(entry.reads.map(\.key))
    return !made.isEmpty
      && made.allSatisfy { key in
        guard let prediction = lastPrediction(of: key), prediction.isExact else { return false }
        return view[key]?.reading == prediction.reading
      }
  }

  /// The view as it will be when the batch has been sent.
  func foreseen(_ view: FactView) -> FactView { view.predicting(predictions) }
}
