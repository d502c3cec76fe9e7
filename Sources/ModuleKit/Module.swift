import Diagnostics
import Schema

/// What all modules have in common: a manual and typed arguments.
///
/// A module is a value, and pure: no I/O, no clock.
package protocol Module: Sendable {
  static var manual: Manual { get }
  /// Reads the arguments; throws at the place where the wrong one was written.
  init(_ arguments: Arguments) throws(Diagnostic)
  /// The same for every module of a type; comes from the protocol of the shape.
  static var shape: ModuleShape { get }
  /// The module as what its shape makes it; comes from the protocol of the shape.
  var shaped: ShapedModule { get }
}

/// What the engine does with a module.
package enum ModuleShape: Sendable {
  case state, query, action, controller
}

/// A module by its shape.
package enum ShapedModule: Sendable {
  case state(any StateModule)
  case query(any QueryModule)
  case action(any ActionModule)
  case controller(any ControllerModule)
}

/// A desired state of one thing: compared, changed only where it differs, compared again.
package protocol StateModule: Module {
  /// What must be known, given what is known so far; asked again until nothing new is wanted.
  func reads(given facts: FactView) -> [FactRequest]
  /// What differs; empty means converged. Asked before the steps and again after them.
  func changes(from facts: FactView) throws(Obstacle) -> [Change]
  /// What still differs after the steps; empty means that they did what they should. Another answer than that of
  /// `changes` is due only where an event is wished and no state: a restart is done when the start time moved.
  func remaining(before: FactView, after: FactView) throws(Obstacle) -> [Change]
  /// Keys of the registered result besides `changed`, `failed`, `msg`.
  func result(from facts: FactView, replies: [StepReply]) -> ValueMap
  /// The same for a module that tells what was there before, too; where nothing differs both views are the same.
  func result(before: FactView, after: FactView, replies: [StepReply]) -> ValueMap
}

extension StateModule {
  package static var shape: ModuleShape { .state }
  package var shaped: ShapedModule { .state(self) }
  package func remaining(before: FactView, after: FactView) throws(Obstacle) -> [Change] {
    try changes(from: after)
  }

  package func result(from facts: FactView, replies: [StepReply]) -> ValueMap { [:] }

  package func result(before: FactView, after: FactView, replies: [StepReply]) -> ValueMap {
    result(from: after, replies: replies)
  }
}

/// Reads and never changes: `stat`, `slurp`.
package protocol QueryModule: Module {
  func reads(given facts: FactView) -> [FactRequest]
  func result(from facts: FactView) throws(Obstacle) -> QueryResult
  /// Names of the host's facts that it sets: unknown in a dry run where its result is.
  var factNames: [String] { get }
}

extension QueryModule {
  package static var shape: ModuleShape { .query }
  package var shaped: ShapedModule { .query(self) }
  package var factNames: [String] { [] }
}

/// What a query found, and what the controller is to do with it (`fetch` stores a file).
package struct QueryResult: Sendable {
  package var result: ValueMap
  package var effects: [ControllerEffect]

  package init(_ result: ValueMap, effects: [ControllerEffect] = []) {
    self.result = result
    self.effects = effects
  }
}

/// Steps that run every time unless a guard says that there is nothing to do: `command`, `wait_for`.
package protocol ActionModule: Module {
  /// What the guards need.
  func reads(given facts: FactView) -> [FactRequest]
  func decision(from facts: FactView) throws(Obstacle) -> ActionDecision
  /// Keys of the registered result, `changed` included.
  func result(from replies: [StepReply]) -> ActionResult
}

extension ActionModule {
  package static var shape: ModuleShape { .action }
  package var shaped: ShapedModule { .action(self) }
}

/// Whether an action has something to do.
package enum ActionDecision: Sendable {
  /// Nothing to do, and why; with the registered result, which has `skipped: true` where the task counts as skipped.
  case skip(reason: String, result: ValueMap)
  case run(ActionPlan)
}

/// What an action will do.
package struct ActionPlan: Sendable {
  /// What a dry run says: `run`, the command, from nothing to done; with its steps.
  package var change: Change
  /// Whether a dry run can say what will be afterwards (guarded) or not (opaque).
  package var isOpaque: Bool
  /// Whether it changes nothing (`wait_for`): a dry run does not count it as a change.
  package var isHarmless: Bool
  /// How the machine is waited for after the steps, which made it go away, or before which it need not be there; nil
  /// for what leaves the connection alone.
  package var reconnection: Reconnection?

  package init(_ change: Change, isOpaque: Bool, isHarmless: Bool = false) {
    self.change = change
    self.isOpaque = isOpaque
    self.isHarmless = isHarmless
  }
}

/// How a machine is waited for that is not there, or not yet.
package struct Reconnection: Sendable {
  /// Before the first attempt.
  package var delay: Duration
  /// From the first attempt on.
  package var timeout: Duration
  /// Between two attempts.
  package var interval: Duration
  /// What has to succeed.
  package var check: Step

  package init(delay: Duration, timeout: Duration, interval: Duration, check: Step) {
    self.delay = delay
    self.timeout = timeout
    self.interval = interval
    self.check = check
  }
}

/// What came of an action.
package struct ActionResult: Sendable {
  package var result: ValueMap
  package var changed: Bool
  /// Why it failed; nil when it did not.
  package var failure: String?

  package init(_ result: ValueMap, changed: Bool, failure: String? = nil) {
    self.result = result
    self.changed = changed
    self.failure = failure
  }
}

/// Works on the controller alone: `debug`, `set_fact`, `assert`.
package protocol ControllerModule: Module {
  func run() -> ControllerOutcome
}

extension ControllerModule {
  package static var shape: ModuleShape { .controller }
  package var shaped: ShapedModule { .controller(self) }
}

/// What came of a controller module.
package struct ControllerOutcome: Sendable {
  package var result: ValueMap
  package var effects: [ControllerEffect]
  /// Why it failed; nil when it did not.
  package var failure: String?
  /// What it depends on is only known later (dry run); nil when everything is known.
  package var unknown: Unknown?
  /// How many `-v` a run needs for it to be carried out; with fewer the task is skipped.
  package var verbosity: Int
  /// How long an apply waits.
  package var pause: Duration

  package init(
    result: ValueMap = [:], effects: [ControllerEffect] = [], failure: String? = nil,
    unknown: Unknown? = nil, verbosity: Int = 0, pause: Duration = .zero
  ) {
    self.result = result
    self.effects = effects
    self.failure = failure
    self.unknown = unknown
    self.verbosity = verbosity
    self.pause = pause
  }
}

/// What the engine does on the controller for a module.
package enum ControllerEffect: Sendable {
  /// Variables of the host, from here on.
  case setFacts(ValueMap)
  /// A file on the controller; relative paths are relative to the playbook. In a dry run only announced.
  case storeFile(path: String, Blob)
  /// Files that belong together, on the controller: made where none of them is there, and only then.
  case establish(Establishment)
  /// A host that later plays may take, in groups that are made where they are not there (`add_host`).
  case addHost(name: String, groups: [String], variables: ValueMap)
  /// The host belongs to a group from here on, which is made below others where it is not there (`group_by`).
  case joinGroup(name: String, parents: [String])
  /// Something to show the user: text, or a value printed as YAML or JSON.
  case show(Value)
}

/// Files on the controller that are made once and kept: a certificate authority.
package struct Establishment: Sendable {
  /// The thing, for people, with what it will be.
  package var change: Change
  /// Their paths: the first one decides who makes them, where two want to.
  package var paths: [String]
  /// Under which vault id secret files are encrypted, empty for the first password there is; nil for not at all.
  package var vaultID: String?
  /// Makes their contents, in the order of the paths; slow, and asked once.
  package var make: @Sendable () throws(Obstacle) -> [Blob]

  package init(
    _ change: Change, paths: [String], vaultID: String?,
    make: @escaping @Sendable () throws(Obstacle) -> [Blob]
  ) {
    self.change = change
    self.paths = paths
    self.vaultID = vaultID
    self.make = make
  }
}

/// A module that can only be made when something of the host is known, such as a user's home.
package struct PostponedModule: Sendable {
  /// What must be known, given what is known so far; asked again until nothing new is wanted.
  package let reads: @Sendable (FactView) -> [FactRequest]
  /// The module; nil where what it needs will only be known later, an error where the host does not have it.
  package let module: @Sendable (FactView) throws(Diagnostic) -> (any Module)?

  package init(
    reads: @escaping @Sendable (FactView) -> [FactRequest],
    module: @escaping @Sendable (FactView) throws(Diagnostic) -> (any Module)?
  ) {
    self.reads = reads
    self.module = module
  }
}

/// Modules and kinds of facts by name; the engine gets it as a value.
package struct ModuleRegistry: Sendable {
  private let modules: [String: any Module.Type]
  /// Makes a module of arguments whose paths begin with the homes of users, once these are known.
  package let atHome: Postponing?

  /// Of a module and its arguments a module that is made when more is known.
  package typealias Postponing =
    @Sendable (any Module.Type, Arguments, Set<String>) -> PostponedModule

  package init(
    modules: [any Module.Type], atHome: Postponing? = nil
  ) {
    self.atHome = atHome
    var byName: [String: any Module.Type] = [:]
    for module in modules {
      for name in [module.manual.name] + module.manual.aliases { byName[name] = module }
    }
    self.modules = byName
  }

  /// The module of a task's key; full names such as `ansible.builtin.copy` and `ansible.posix.sysctl` are understood.
  package func module(named name: String) -> (any Module.Type)? {
    modules[name] ?? ModuleRegistry.shortName(name).flatMap { modules[$0] }
  }

  /// Every manual once, by name.
  package var manuals: [Manual] {
    var byName: [String: Manual] = [:]
    for module in modules.values { byName[module.manual.name] = module.manual }
    return byName.values.sorted { $0.name < $1.name }
  }

  /// Every name and alias, for suggestions.
  package var names: [String] { modules.keys.sorted() }

  /// The last component of a full collection name; nil for a plain name.
  private static func shortName(_ name: String) -> String? {
    let parts = name.utf8.split(separator: UInt8(ascii: "."))
    guard parts.count == 3 else { return nil }
    return String(Substring(parts[2]))
  }
}
