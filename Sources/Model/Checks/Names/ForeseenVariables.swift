import Schema
import Template

/// The variables of a host before the run: what the run sets, and facts, are not known yet.
struct ForeseenVariables: Variables {
  let variables: HostVariables
  /// Whether a name is set by the run.
  let isLater: @Sendable (String) -> Bool

  /// Names of Spile that the run decides.
  private static let undecided: Set<MagicName> = [
    .facts, .hostvars, .playHosts, .ansiblePlayHosts, .ansiblePlayHostsAll, .ansiblePlayBatch,
    .checkMode, .diffMode, .limit, .runTags, .skipTags, .verbosity, .forks,
  ]

  func value(named name: String) throws(TemplateError) -> Value? {
    if variables.locals[name] == nil, isLater(name) {
      return .unknown(Unknown("`\(name)` is set while the play runs"))
    }
    if let magic = MagicName(rawValue: name), Self.undecided.contains(magic) {
      return .unknown(Unknown("`\(name)` is not known before the run"))
    }
    if let value = try variables.value(named: name) { return value }
    guard FactNames.isFact(name) else { return nil }
    return .unknown(Unknown("facts are not known before the run"))
  }

  var names: [String] { variables.names }
}

/// What templates may read on the controller during a check: files, but no programs are run.
struct ForeseenResources: TemplateResources {
  let resources: TaskResources

  var mayRunPrograms: Bool { false }

  func template(named name: String) throws(TemplateError) -> TemplateText? {
    try resources.template(named: name)
  }

  func file(_ path: String) throws(TemplateError) -> FileContent {
    try resources.file(path)
  }

  func decrypted(_ envelope: String) throws(TemplateError) -> String {
    try resources.decrypted(envelope)
  }

  func environment(_ name: String) -> String? { resources.environment(name) }

  func glob(_ pattern: String) -> [String] { resources.glob(pattern) }

  func lookup(_ name: String, terms: [Value], options: ValueMap) throws(TemplateError) -> Value? {
    try resources.lookup(name, terms: terms, options: options)
  }
}
