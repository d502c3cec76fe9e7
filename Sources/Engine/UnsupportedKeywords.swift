import Diagnostics
import Model

/// Keywords of Ansible that load and that this engine does not carry out: said before anything runs, never ignored.
struct UnsupportedKeywords {
  let playbook: Playbook

  func diagnostics() -> [Diagnostic] {
    playbook.plays.flatMap { play in
      var found: [Diagnostic] = []
      if let setting = play.forceHandlers { found += refuse(setting, "force_handlers") }
      for task in play.sections.joined().flatMap(\.allTasks) + play.handlers.flatMap(\.allTasks) {
        found += check(task)
      }
      return found
    }
  }

  private func check(_ task: Task) -> [Diagnostic] {
    var found: [Diagnostic] = []
    let keywords = task.keywords
    if let setting = keywords.checkMode { found += refuse(setting, "check_mode") }
    if let setting = keywords.ignoreUnreachable { found += refuse(setting, "ignore_unreachable") }
    if let setting = keywords.delegateFacts { found += refuse(setting, "delegate_facts") }
    if let text = keywords.become.flags { found.append(refusal("become_flags", text.span)) }
    if let text = keywords.become.executable { found.append(refusal("become_exe", text.span)) }
    if let condition = task.loop?.control.breakWhen.first {
      found.append(refusal("break_when", condition.template.span))
    }
    return found
  }

  /// A keyword that is off has no effect anyway.
  private func refuse(_ setting: Setting<Bool>, _ keyword: String) -> [Diagnostic] {
    setting.literal == false ? [] : [refusal(keyword, setting.written.span)]
  }

  private func refusal(_ keyword: String, _ span: Span?) -> Diagnostic {
    Diagnostic(.error, "not-supported", "`\(keyword)` is not supported yet", at: span)
  }
}
