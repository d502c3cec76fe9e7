import Diagnostics

/// Checks `id` and `needs` of a whole playbook: every id once, every need known, nothing waiting for itself.
struct IdentifierCheck {
  private let playbook: Playbook
  private var found: [Diagnostic] = []
  private var playIDs: [String: Identifier] = [:]
  /// Ids of tasks and blocks by play: a task needs tasks of its own play.
  private var taskIDs: [Int: [String: Identifier]] = [:]

  init(playbook: Playbook) { self.playbook = playbook }

  func run() -> [Diagnostic] {
    var check = self
    for play in playbook.plays { check.collect(play) }
    for play in playbook.plays { check.checkNeeds(play) }
    return check.found
  }

  private mutating func collect(_ play: Play) {
    if let id = play.id {
      if let first = playIDs[id.text] { reportTwice(id, first) } else { playIDs[id.text] = id }
    }
    for entry in (play.sections + [play.handlers]).joined() { collect(entry, play: play.number) }
  }

  private mutating func collect(_ entry: TaskEntry, play: Int) {
    if let id = entry.id {
      if let first = taskIDs[play]?[id.text] {
        if first.span != id.span { reportTwice(id, first) }
      } else {
        taskIDs[play, default: [:]][id.text] = id
      }
    }
    for child in entry.children { collect(child, play: play) }
  }

  private mutating func reportTwice(_ id: Identifier, _ first: Identifier) {
    found.append(
      Diagnostic(
        .error, "duplicate-id", "the id `\(id.text)` is used twice", at: id.span,
        labels: first.span.map { [.init($0, "first used here")] } ?? []))
  }

  private mutating func checkNeeds(_ play: Play) {
    check(play.needs ?? [], of: play.id, known: Array(playIDs.keys), title: "play")
    for entry in (play.sections + [play.handlers]).joined() { checkNeeds(entry, play: play.number) }
  }

  private mutating func checkNeeds(_ entry: TaskEntry, play: Int) {
    let known = Array((taskIDs[play] ?? [:]).keys)
    check(entry.needs ?? [], of: entry.id, known: known, title: "task")
    for child in entry.children { checkNeeds(child, play: play) }
  }

  private mutating func check(
    _ needs: [Need], of owner: Identifier?, known: [String], title: String
  ) {
    for need in needs {
      let id = need.id
      if id.text == owner?.text {
        found.append(
          Diagnostic(.error, "self-need", "`\(id.text)` cannot need itself", at: id.span))
      } else if !known.contains(id.text) {
        let near = suggestion(for: id.text, among: known.sorted())
        found.append(
          Diagnostic(
            .error, "unknown-need", "no \(title) has the id `\(id.text)`", at: id.span,
            underline: near.map { "did you mean `\($0)`?" },
            help: known.isEmpty ? "give the \(title) that is meant an `id`" : nil))
      }
    }
  }
}

extension TaskEntry {
  /// The `id` keyword.
  package var id: Identifier? {
    switch self {
    case .task(let task): task.id
    case .block(let block): block.id
    case .includeTasks(let include): include.id
    }
  }

  /// The `needs` keyword; nil when it is not there.
  package var needs: [Need]? {
    switch self {
    case .task(let task): task.needs
    case .block(let block): block.needs
    case .includeTasks(let include): include.needs
    }
  }

  /// The entries right inside.
  package var children: [TaskEntry] {
    switch self {
    case .task: []
    case .block(let block): block.tasks + block.rescue + block.always
    case .includeTasks(let include): include.tasks ?? []
    }
  }
}
