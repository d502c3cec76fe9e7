import Diagnostics
import Model

/// Keywords of Ansible that load and that this engine does not carry out: said before anything runs, never ignored.
struct UnsupportedKeywords {
  let playbook: Playbook

  func diagnostics() -> [Diagnostic] {
    playbook.plays.flatMap { play in
      var found: [Diagnostic] = []
      for task in play.sections.joined().flatMap(\.allTasks) + play.handlers.flatMap(\.allTasks) {
        found += check(task)
      }
      return found
    }
  }

  private func check(_ task: Task) -> [Diagnostic] {
    var found: [Diagnostic] = []
    let keywords = task.keywords
    if let text = keywords.become.flags { found.append(refusal("become_flags", text.span)) }
    if let text = keywords.become.executable { found.append(refusal("become_exe", text.span)) }
    return found
  }

  private func refusal(_ keyword: String, _ span: Span?) -> Diagnostic {
    Diagnostic(.error, "not-supported", "`\(keyword)` is not supported yet", at: span)
  }
}
