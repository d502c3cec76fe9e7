/// Places in a playbook (`plays[0].tasks[3].block[1]`) in the order in which they run.
struct PathOrder: Comparable {
  private let parts: [Int]

  init(_ path: String) {
    parts = path.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
      .map { part in Int(part) ?? PathOrder.sections[String(part)] ?? 2 }
  }

  /// Sections of plays and blocks by when they run; other words count as `tasks`.
  private static let sections = [
    "pre_tasks": 0, "roles": 1, "rescue": 3, "always": 4, "post_tasks": 5, "handlers": 6,
  ]

  static func < (left: PathOrder, right: PathOrder) -> Bool {
    left.parts.lexicographicallyPrecedes(right.parts)
  }
}
