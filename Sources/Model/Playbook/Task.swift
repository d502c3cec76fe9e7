import Diagnostics
import Schema
import Template

/// An entry of a list of tasks; what `import_tasks` names is already in its place.
package indirect enum TaskEntry: Sendable {
  case task(Task)
  case block(Block)
  case includeTasks(IncludeTasks)
}

/// One use of a module.
package struct Task: Sendable {
  /// The place among all tasks loaded, from 0: unique within a playbook, tasks of blocks and imports included.
  package let number: Int
  /// The `id` keyword.
  package let id: Identifier?
  /// The `name` keyword; nil when there is none.
  package let name: TextSource?
  /// As written, such as `ansible.builtin.copy`.
  package let module: String
  package let moduleSpan: Span?
  /// By the names under which they were given; free text is under the parameter that the manual names for it.
  package let arguments: [String: ArgumentSource]
  /// Variables that give all arguments at once (`args: "{{ x }}"`); single arguments win over them.
  package let argumentsTemplate: WrittenTemplate?
  package let loop: Loop?
  package let register: Identifier?
  package let notify: [TextSource]
  /// Topics of a handler.
  package let listen: [String]
  package let changedWhen: [CompiledCondition]?
  package let failedWhen: [CompiledCondition]?
  package let until: [CompiledCondition]?
  /// How often `until` may fail; 3 unless set.
  package let retries: Setting<Int>?
  /// Seconds between tries; 5 unless set.
  package let delay: Setting<Double>?
  /// Seconds that the task may take while it goes on by itself on its host.
  package let async: Setting<Int>?
  /// Seconds between looks at it; 15 unless set, 0 does not wait.
  package let poll: Setting<Int>?
  /// nil when the keyword is not there: the task waits for the one before it.
  package let needs: [Need]?
  /// What the author declares to be touched by a command: paths and fact names.
  package let touches: [TextSource]?
  /// The keywords in force: own and inherited.
  package let keywords: Keywords
  /// Folders in which `files/` and `templates/` are searched, nearest first.
  package let folders: [String]
  /// The role that the task belongs to.
  package let role: String?
  package let span: Span?
  /// Where in the playbook: `plays[0].tasks[3]`.
  package let path: String

  package init(
    number: Int, id: Identifier?, name: TextSource?, module: String, moduleSpan: Span?,
    arguments: [String: ArgumentSource], argumentsTemplate: WrittenTemplate?, loop: Loop?,
    register: Identifier?, notify: [TextSource], listen: [String],
    changedWhen: [CompiledCondition]?, failedWhen: [CompiledCondition]?,
    until: [CompiledCondition]?, retries: Setting<Int>?, delay: Setting<Double>?,
    async: Setting<Int>? = nil, poll: Setting<Int>? = nil, needs: [Need]?, touches: [TextSource]?,
    keywords: Keywords, folders: [String], role: String?, span: Span?,
    path: String
  ) {
    self.number = number
    self.id = id
    self.name = name
    self.module = module
    self.moduleSpan = moduleSpan
    self.arguments = arguments
    self.argumentsTemplate = argumentsTemplate
    self.loop = loop
    self.register = register
    self.notify = notify
    self.listen = listen
    self.changedWhen = changedWhen
    self.failedWhen = failedWhen
    self.until = until
    self.retries = retries
    self.delay = delay
    self.async = async
    self.poll = poll
    self.needs = needs
    self.touches = touches
    self.keywords = keywords
    self.folders = folders
    self.role = role
    self.span = span
    self.path = path
  }

  /// Whether it adds hosts or groups that later plays may take.
  package var extendsInventory: Bool {
    ["group_by", "add_host"].contains(LanguageModules.plainName(module)) || refreshesInventory
  }

  /// Whether it reads the sources of the inventory again.
  package var refreshesInventory: Bool {
    guard LanguageModules.plainName(module) == "meta" else { return false }
    return arguments.values.contains { argument in
      guard case .literal(let value, _) = argument.source else { return false }
      return value.string == LanguageModules.MetaAction.refreshInventory.rawValue
    }
  }

  /// What is shown when nobody rendered the name: the name as written, else the module.
  ///
  /// That of a task in an encrypted file is its module.
  package var title: String {
    guard let name, name.span?.file.isSecret != true else { return module }
    return name.text
  }
}

/// Tasks with a common fate.
package struct Block: Sendable {
  package let number: Int
  package let id: Identifier?
  package let name: TextSource?
  package let tasks: [TaskEntry]
  package let rescue: [TaskEntry]
  package let always: [TaskEntry]
  package let needs: [Need]?
  /// Those in force; the tasks inside have inherited them already.
  package let keywords: Keywords
  /// How hosts take turns in it; nil where they need not.
  package let rolling: Rolling?
  package let span: Span?
  package let path: String

  package init(
    number: Int, id: Identifier?, name: TextSource?, tasks: [TaskEntry], rescue: [TaskEntry],
    always: [TaskEntry], needs: [Need]?, keywords: Keywords, rolling: Rolling? = nil, span: Span?,
    path: String
  ) {
    self.number = number
    self.id = id
    self.name = name
    self.tasks = tasks
    self.rescue = rescue
    self.always = always
    self.needs = needs
    self.keywords = keywords
    self.rolling = rolling
    self.span = span
    self.path = path
  }
}

/// Which files of a role are taken, without their endings.
package struct RoleParts: Sendable, Hashable {
  package var tasks = "main"
  package var handlers = "main"
  package var variables = "main"
  package var defaults = "main"
  /// Whether its variables are compared with its specification of arguments.
  package var isValidated = true

  package init() {}
}

/// The role that `include_role` names.
package struct RoleInclusion: Sendable {
  package let name: TextSource
  /// What `tasks_from`, `handlers_from`, `vars_from` and `defaults_from` say, by these words.
  package let parts: [String: TextSource]
  /// Whether the role runs again where it has run in the play already.
  package let allowsDuplicates: Bool
  /// Whether its variables are compared with its specification of arguments.
  package let isValidated: Bool

  package init(
    name: TextSource, parts: [String: TextSource], allowsDuplicates: Bool, isValidated: Bool = true
  ) {
    self.name = name
    self.parts = parts
    self.allowsDuplicates = allowsDuplicates
    self.isValidated = isValidated
  }
}

/// What an inclusion brings.
package struct Included: Sendable {
  package let tasks: [TaskEntry]
  /// Those of roles: they join the handlers of the play.
  package let handlers: [TaskEntry]

  package init(tasks: [TaskEntry], handlers: [TaskEntry] = []) {
    self.tasks = tasks
    self.handlers = handlers
  }
}

/// A file whose tasks join when the inclusion is reached (`include_tasks`).
///
/// Condition, loop and tags are those of the inclusion alone; only `vars` and `apply` reach the tasks inside.
package struct IncludeTasks: Sendable {
  package let number: Int
  package let id: Identifier?
  package let name: TextSource?
  package let file: TextSource
  /// The role, for `include_role`; `file` is its name then.
  package let inclusion: RoleInclusion?
  /// The tasks, where the file is written without a template: then they were loaded and checked.
  package let tasks: [TaskEntry]?
  package let loop: Loop?
  package let register: Identifier?
  package let needs: [Need]?
  /// Those of the inclusion itself, with what it inherits.
  package let keywords: Keywords
  /// What the tasks inside inherit: keywords of `apply` and of the play, and the variables of the inclusion.
  package let inherited: Keywords
  /// The folder of the file that holds the inclusion: the included file is searched here first.
  package let folder: String
  package let folders: [String]
  package let role: String?
  /// The files being included around this one, outermost first: a file cannot include itself statically.
  package let trail: [String]
  /// The roles around, nearest first.
  package let parents: [String]
  package let span: Span?
  package let path: String

  package init(
    number: Int, id: Identifier?, name: TextSource?, file: TextSource,
    inclusion: RoleInclusion? = nil, tasks: [TaskEntry]?,
    loop: Loop?, register: Identifier?, needs: [Need]?, keywords: Keywords, inherited: Keywords,
    folder: String, folders: [String], role: String?, trail: [String], parents: [String] = [],
    span: Span?, path: String
  ) {
    self.number = number
    self.id = id
    self.name = name
    self.file = file
    self.inclusion = inclusion
    self.parents = parents
    self.tasks = tasks
    self.loop = loop
    self.register = register
    self.needs = needs
    self.keywords = keywords
    self.inherited = inherited
    self.folder = folder
    self.folders = folders
    self.role = role
    self.trail = trail
    self.span = span
    self.path = path
  }
}

extension TaskEntry {
  /// The greatest number of everything inside.
  package var greatestNumber: Int {
    switch self {
    case .task(let task): task.number
    case .block(let block):
      (block.tasks + block.rescue + block.always).reduce(block.number) {
        max($0, $1.greatestNumber)
      }
    case .includeTasks(let include):
      (include.tasks ?? []).reduce(include.number) { max($0, $1.greatestNumber) }
    }
  }

  /// Every task inside, blocks and known inclusions opened, in the order of the text.
  package var allTasks: [Task] {
    switch self {
    case .task(let task): [task]
    case .block(let block):
      (block.tasks + block.rescue + block.always).flatMap(\.allTasks)
    case .includeTasks(let include): (include.tasks ?? []).flatMap(\.allTasks)
    }
  }
}
