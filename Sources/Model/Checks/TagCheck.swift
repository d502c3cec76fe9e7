import Diagnostics

/// Finds tags asked for that no task has.
struct TagCheck {
  let tags: [String]
  let known: Set<String>

  private static let special: Set<String> = ["all", "always", "never", "tagged", "untagged"]

  func run() -> [Diagnostic] {
    tags.filter { !Self.special.contains($0) && !known.contains($0) }.map { tag in
      Diagnostic(
        .error, "unknown-tag", "no task has the tag `\(tag)`",
        help: suggestion(for: tag, among: known.sorted()).map { "did you mean `\($0)`?" }
          ?? "`--list-tags` shows them all")
    }
  }
}
