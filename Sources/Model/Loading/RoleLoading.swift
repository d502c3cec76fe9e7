import Diagnostics
import YAML

extension LoadSession {
  /// `import_role` and `include_role`.
  func roleInclusion(_ entry: Entry, _ call: ModuleCall, _ context: TaskContext, path: String)
    -> [TaskEntry]
  {
    reportRole(call.span, path: path)
    return []
  }

  /// `roles` of a play.
  func roles(_ node: Node, _ context: TaskContext, path: String) -> [TaskEntry] {
    if !node.isNull, node.count > 0 { reportRole(node.span, path: path) }
    return []
  }

  private func reportRole(_ span: Span, path: String) {
    report(
      "not-supported", "roles are not supported yet", at: span,
      help: "import the role's tasks/main.yml with `import_tasks`, its variables with `vars_files`",
      path: path)
  }
}
