/// Where a template text comes from; this decides how string constants in it are read.
package enum TemplateSyntax: Sendable, Hashable {
  /// A value of a playbook or inventory: backslashes in constants inside `{{ }}` are literal, the
  /// result keeps its type.
  case value
  /// A bare expression that must give a boolean; backslash escapes are active.
  case condition
  /// A template file: text out, backslash escapes active.
  case file
  /// Stock Jinja2 with strict undefined names, without Ansible's additions to the semantics.
  case jinja
}

/// How template text is cut into tokens (the names are those of Jinja2's `Environment`).
package struct TemplateOptions: Sendable, Hashable {
  package var blockStart = "{%"
  package var blockEnd = "%}"
  package var variableStart = "{{"
  package var variableEnd = "}}"
  package var commentStart = "{#"
  package var commentEnd = "#}"
  /// A prefix that makes a whole line a statement; nil for none.
  package var lineStatementPrefix: String?
  /// A prefix that makes the rest of a line a comment; nil for none.
  package var lineCommentPrefix: String?
  /// Whether the first newline after a block is removed.
  package var trimBlocks = false
  /// Whether blanks between the start of a line and a block are removed.
  package var lstripBlocks = false
  /// Whether one newline at the end of the text is kept.
  ///
  /// Values and files keep all of them anyway when their result is a text.
  package var keepTrailingNewline = false
  /// What every newline of the text becomes.
  package var newlineSequence = "\n"
  /// Whether `{% do %}` is a statement.
  package var allowsDo = false
  /// Whether `{% break %}` and `{% continue %}` are statements.
  package var allowsLoopControls = false

  package init() {}

  /// The options that a task can set for its template file, by name.
  package static let ofTasks: Set<String> = [
    "block_start_string", "block_end_string", "variable_start_string", "variable_end_string",
    "comment_start_string", "comment_end_string", "trim_blocks", "lstrip_blocks",
  ]

  /// Sets what begins or ends something, by its Jinja2 name; other names are left alone.
  package mutating func setDelimiter(_ name: String, _ text: String) {
    switch name {
    case "block_start_string": blockStart = text
    case "block_end_string": blockEnd = text
    case "variable_start_string": variableStart = text
    case "variable_end_string": variableEnd = text
    case "comment_start_string": commentStart = text
    case "comment_end_string": commentEnd = text
    default: break
    }
  }

  /// The options of values and conditions in playbooks.
  package static let value: TemplateOptions = {
    var options = TemplateOptions()
    options.trimBlocks = true
    return options
  }()

  /// The options of template files, as Ansible's template module has them.
  package static let file: TemplateOptions = {
    var options = TemplateOptions()
    options.trimBlocks = true
    return options
  }()

  /// The defaults of stock Jinja2.
  package static let jinja = TemplateOptions()

  /// The usual options of a syntax.
  package static func usual(for syntax: TemplateSyntax) -> TemplateOptions {
    switch syntax {
    case .value, .condition: .value
    case .file: .file
    case .jinja: .jinja
    }
  }
}
