import Diagnostics
import YAML

extension LoadSession {
  private static let words: Set<String> = ["max_unavailable", "order"]

  /// `rolling` of a block; nil when it is not there or not right.
  func rolling(_ entry: Entry, path: String) -> Rolling? {
    guard let node = entry["rolling"],
      let words = self.entry(node, title: "`rolling`", path: "\(path).rolling")
    else { return nil }
    for word in words.words where !Self.words.contains(word.name) {
      reportUnknown(word, title: "`rolling`", known: Self.words, path: path)
    }
    let limit: Setting<Int>? = setting(words, "max_unavailable")
    if let limit, let count = limit.literal, count < 1, let span = words["max_unavailable"]?.span {
      report(
        "keyword-type", "`max_unavailable` must be at least 1, not \(count)", at: span,
        help: "with 0 no host could ever be changed")
    }
    checkTurns(entry, path: path)
    return Rolling(
      maxUnavailable: limit, order: setting(words, "order"), span: entry.node.span)
  }

  /// What makes hosts wait for each other inside the block would wait for a host that waits for its turn.
  private func checkTurns(_ entry: Entry, path: String) {
    for section in ["block", "rescue", "always"] {
      for task in entry[section]?.elements ?? [] where task.kind == .mapping {
        for (key, _) in task.pairs {
          switch key.text {
          case "run_once", "throttle", "needs":
            report(
              "rolling-waits",
              "`\(key.text)` makes hosts wait for each other, and here they take turns",
              at: key.span, help: "move the task before or behind the block", path: path)
          case "notify":
            report(
              "rolling-handler", "a handler runs after the block, when the host's turn is over",
              at: key.span,
              help: "restart in the block: a task with `when: RESULT is changed`", path: path)
          default: break
          }
        }
      }
    }
  }
}
