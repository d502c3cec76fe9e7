import Diagnostics
import Schema
import Template

/// What was loaded from a playbook and everything that it imports.
package struct Playbook: Sendable {
  /// As it was given on the command line.
  package let path: String
  /// The folder that holds it: `playbook_dir`.
  package let folder: String
  /// In order, those of imported playbooks in their place.
  package let plays: [Play]
  /// Modules of others that tasks use, by name, with what is to be said where a host comes to them.
  package let foreignModules: [String: Diagnostic]

  package init(
    path: String, folder: String, plays: [Play], foreignModules: [String: Diagnostic] = [:]
  ) {
    self.path = path
    self.folder = folder
    self.plays = plays
    self.foreignModules = foreignModules
  }
}

/// Hosts, and what is to be done on them.
package struct Play: Sendable {
  /// The place among all plays, from 0.
  package let number: Int
  /// The `id` keyword.
  package let id: Identifier?
  /// What is shown: the `name` keyword, else the pattern.
  package let name: TextSource
  package let hosts: HostsSource
  /// nil when the keyword is not there: the play waits for the one before it.
  package let needs: [Need]?
  package let preTasks: [TaskEntry]
  package let tasks: [TaskEntry]
  package let postTasks: [TaskEntry]
  package let handlers: [TaskEntry]
  /// The roles of `roles:`, in order; their tasks run between `pre_tasks` and `tasks`.
  package let roles: [TaskEntry]
  /// `vars_files` whose paths hold templates; the others are part of the variables already.
  package let laterVarsFiles: [VarsFile]
  package let gatherFacts: Setting<Bool>?
  package let serial: [BatchSize]
  package let strategy: Strategy
  /// In which order the hosts are taken.
  package let order: HostOrder
  /// `vars_prompt`, in order.
  package let prompts: [VarsPrompt]
  /// Percent of the hosts of a batch that may fail before the play ends.
  package let maxFailPercentage: Setting<Double>?
  package let forceHandlers: Setting<Bool>?
  /// The keywords that tasks inherit, as written on the play.
  package let keywords: Keywords
  /// The folder of the file that holds the play: `files/` and `templates/` are searched here.
  package let folder: String
  package let span: Span?

  package init(
    number: Int, id: Identifier?, name: TextSource, hosts: HostsSource, needs: [Need]?,
    preTasks: [TaskEntry], tasks: [TaskEntry], postTasks: [TaskEntry], handlers: [TaskEntry],
    roles: [TaskEntry], laterVarsFiles: [VarsFile], gatherFacts: Setting<Bool>?,
    serial: [BatchSize], strategy: Strategy, order: HostOrder = .inventory,
    prompts: [VarsPrompt] = [], maxFailPercentage: Setting<Double>?,
    forceHandlers: Setting<Bool>?, keywords: Keywords, folder: String, span: Span?
  ) {
    self.number = number
    self.id = id
    self.name = name
    self.hosts = hosts
    self.needs = needs
    self.preTasks = preTasks
    self.tasks = tasks
    self.postTasks = postTasks
    self.handlers = handlers
    self.roles = roles
    self.laterVarsFiles = laterVarsFiles
    self.gatherFacts = gatherFacts
    self.serial = serial
    self.strategy = strategy
    self.order = order
    self.prompts = prompts
    self.maxFailPercentage = maxFailPercentage
    self.forceHandlers = forceHandlers
    self.keywords = keywords
    self.folder = folder
    self.span = span
  }

  /// The sections in the order in which they run; notified handlers run at the end of each.
  package var sections: [[TaskEntry]] { [preTasks, roles + tasks, postTasks] }
}

/// The `hosts` of a play: one pattern, maybe computed.
package enum HostsSource: Sendable {
  case pattern(HostPattern)
  /// Templates over extra variables; patterns of a list are joined by commas.
  case template(ArgumentSource)
}

/// A word of `id`, and where it stands.
package struct Identifier: Sendable, Hashable {
  package let text: String
  package let span: Span?

  package init(_ text: String, span: Span?) {
    self.text = text
    self.span = span
  }
}

/// Something that must have succeeded before.
package struct Need: Sendable, Hashable {
  /// On which hosts.
  package enum Reach: Sendable, Hashable {
    /// This host's part of it.
    case sameHost
    /// Every host of it.
    case all
  }

  /// The `id` of a play or task.
  package let id: Identifier
  package let reach: Reach

  package init(_ id: Identifier, _ reach: Reach) {
    self.id = id
    self.reach = reach
  }
}

/// How many hosts of a play go together.
package enum BatchSize: Sendable {
  case count(Int)
  /// 1 to 100 of the play's hosts.
  case percent(Double)
  /// Templates over extra variables.
  case template(ArgumentSource)
}

/// Whether the tasks of a play wait for each other across hosts.
package enum Strategy: String, Sendable, CaseIterable {
  case linear, free
  case hostPinned = "host_pinned"
}

/// In which order the hosts of a play are taken (`order`).
package enum HostOrder: String, Sendable, CaseIterable {
  case inventory, sorted, shuffle
  case reverseInventory = "reverse_inventory"
  case reverseSorted = "reverse_sorted"
}

/// A variable of a play that somebody is asked for before the run (`vars_prompt`).
package struct VarsPrompt: Sendable {
  package var name: String
  /// What is asked; the name unless set.
  package var question: String
  /// Whether what is typed is not shown.
  package var isPrivate = true
  /// What an empty answer means; nil when there is nothing.
  package var fallback: String?
  /// Whether it has to be typed twice.
  package var isConfirmed = false
  /// How the answer is hashed before anybody sees it: a name as `password_hash` takes it; nil for not at all.
  package var hash: String?
  package var salt: String?
  package var saltSize: Int?
  /// Whether templates in the answer stay as they are.
  package var isUnsafe = false
  package var span: Span?

  package init(name: String, question: String, span: Span? = nil) {
    self.name = name
    self.question = question
    self.span = span
  }
}

/// An entry of `vars_files`: the first of the paths that exists is read.
package struct VarsFile: Sendable {
  package let candidates: [TextSource]

  package init(candidates: [TextSource]) { self.candidates = candidates }
}
