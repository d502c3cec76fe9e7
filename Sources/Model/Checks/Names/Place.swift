import Diagnostics
import Schema
import Template

/// A task, a block or an inclusion, and what is known there beyond the variables.
struct Place {
  let keywords: Keywords
  let loop: Loop?
  let path: String
  let folders: [String]
  /// What must hold for it to run: conditions of inclusions around, then its own.
  let conditions: [CompiledCondition]
  /// How many of the conditions belong to inclusions around.
  let inheritedConditions: Int
  /// Names of loops, and others that are there only for this place; their values are not known.
  var locals: Set<String>
  /// Names that a condition asked about before using them.
  let guarded: Set<String>
  /// The number of the place, for what is worked out once for each.
  let number: Int

  init(
    _ keywords: Keywords, _ loop: Loop?, _ around: Surroundings, path: String, folders: [String],
    number: Int
  ) {
    self.keywords = keywords
    self.loop = loop
    self.path = path
    self.folders = folders
    self.number = number
    conditions = around.conditions + keywords.when
    inheritedConditions = around.conditions.count
    locals = around.locals
    if let loop {
      locals.formUnion([loop.control.variable, loop.control.indexVariable ?? "item"])
    }
    var guarded: Set<String> = []
    for condition in conditions {
      for reference in condition.template.compiled.references where reference.isGuarded {
        guarded.insert(reference.name)
      }
    }
    self.guarded = guarded
  }
}

/// What the inclusions around a task lend it.
struct Surroundings {
  /// Names of their loops.
  var locals: Set<String> = ["omit", "ansible_loop", "ansible_loop_var", "ansible_index_var"]
  /// What holds when the task is reached.
  var conditions: [CompiledCondition] = []
  /// Whether nobody can say if these tasks are reached at all: one of several files, a handler.
  var isDoubtful = false
}

/// Something that a template needs and that is not there.
struct Gap: Hashable {
  enum Kind: Hashable {
    /// A variable.
    case name
    /// A group that the inventory does not have, in `groups`.
    case group
    /// A host that the inventory does not have, in `hostvars`.
    case host
    /// A fact that nobody gathers.
    case fact
    /// A variable whose value needs the variable itself.
    case cycle
  }

  let kind: Kind
  /// What is missing; of a cycle the variable.
  let name: String
  /// The variables on the way to it.
  let via: [Variable]
  let viaNames: [String]
  /// Whether it is only needed where something else says so.
  let isConditional: Bool
}
