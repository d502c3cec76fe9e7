import Schema

/// The modules that a playbook may use, as far as loading needs them.
package struct ModuleCatalog: Sendable {
  /// The manual of a module by any of its names; nil for one that does not exist.
  package let manual: @Sendable (String) -> Manual?
  /// Every name, for suggestions.
  package let names: [String]

  package init(names: [String], manual: @escaping @Sendable (String) -> Manual?) {
    self.names = names + LanguageModules.manuals.map(\.name)
    self.manual = { name in manual(name) ?? LanguageModules.manual(named: name) }
  }
}

/// Modules that belong to the language: the engine carries them out itself.
package enum LanguageModules {
  package static let manuals: [Manual] = [meta, includeVars]

  /// The manual of a language module by its plain or full name.
  static func manual(named name: String) -> Manual? {
    manuals.first { $0.name == plainName(name) }
  }

  /// The name without `ansible.builtin.` or `ansible.legacy.`.
  static func plainName(_ name: String) -> String {
    for prefix in ["ansible.builtin.", "ansible.legacy."] where name.hasPrefix(prefix) {
      return String(name.dropFirst(prefix.count))
    }
    return name
  }

  /// What `meta` can be told.
  package enum MetaAction: String, ParameterChoice, CaseIterable {
    case flushHandlers = "flush_handlers"
    case endHost = "end_host"
    case endPlay = "end_play"
    case endBatch = "end_batch"
    case endRole = "end_role"
    case clearHostErrors = "clear_host_errors"
    case clearFacts = "clear_facts"
    case resetConnection = "reset_connection"
    case refreshInventory = "refresh_inventory"
    case noop
  }

  /// The parameter of `meta`.
  package static let metaAction = Parameter<MetaAction>.required(
    "free_form", "What to do: `flush_handlers` runs the notified handlers now.")

  /// The parameters of `include_vars`.
  package static let includeVarsFile = Parameter<String?>.optional(
    "file", "The file of variables, searched in `vars/` and beside the playbook.",
    aliases: ["free_form"])
  package static let includeVarsFolder = Parameter<String?>.optional(
    "dir", "A folder: all files of variables in it, in the order of their names.")
  package static let includeVarsName = Parameter<String?>.optional(
    "name", "A variable that gets all of them as a dictionary.")

  package static let includeVarsDepth = Parameter<Int>.optional(
    "depth", "How many levels of folders below `dir` are read; 0 means all.", default: 0,
    shown: "0")
  package static let includeVarsMatching = Parameter<String?>.optional(
    "files_matching", "A regular expression: only files of `dir` whose names match.")
  package static let includeVarsIgnored = Parameter<[String]>.optional(
    "ignore_files", "Regular expressions: files of `dir` whose names match are left out.",
    default: [], shown: "[]")
  package static let includeVarsEndings = Parameter<[String]>.optional(
    "extensions", "The endings of the files of `dir` that are read.",
    default: ["yml", "yaml", "json"], shown: "[yml, yaml, json]")

  private static let meta = Manual(
    "meta", .controller, "Steers the play itself.", parameters: [metaAction.manual],
    freeForm: "free_form", examples: ["- meta: flush_handlers"])

  private static let includeVars = Manual(
    "include_vars", .controller,
    "Reads variables from a file of the controller while the play runs.",
    parameters: [
      includeVarsFile.manual, includeVarsFolder.manual, includeVarsName.manual,
      includeVarsDepth.manual, includeVarsMatching.manual, includeVarsIgnored.manual,
      includeVarsEndings.manual,
    ],
    freeForm: "file", oneOf: [["file", "dir"]], examples: ["- include_vars: debian.yml"])
}
