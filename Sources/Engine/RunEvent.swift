import Diagnostics
import ModuleKit
import Schema
import Transport

/// What happens in a run, as it happens; every report is made of these and of nothing else.
package enum RunEvent: Sendable {
  case started(RunHeader)
  case playStarted(name: String, hosts: [String])
  case connected(host: String)
  /// A message of an exchange is on its way to a host: what runs there now.
  case exchanging(host: String, label: String)
  case task(TaskReport)
  /// A host is out: it could not be reached, or talked to any more.
  case unreachable(host: String, TransportError)
  /// Something to show the user that belongs to no host.
  case notice(Diagnostic)
  case finished(RunRecord)
}

/// What a run is about.
package struct RunHeader: Sendable {
  package var mode: RunMode
  package var playbook: String
  package var hosts: [String]
  package var taskCount: Int
  /// How many results are to come if everything runs: tasks times the hosts of their plays.
  package var resultCount: Int

  package init(
    mode: RunMode, playbook: String, hosts: [String], taskCount: Int, resultCount: Int = 0
  ) {
    self.mode = mode
    self.playbook = playbook
    self.hosts = hosts
    self.taskCount = taskCount
    self.resultCount = resultCount
  }
}

/// Whether a run changes hosts.
package enum RunMode: String, Sendable, Hashable {
  case plan, apply, drift

  package var changesHosts: Bool { self == .apply }
}

/// What became of one task on one host, or of one item of its loop.
package struct TaskReport: Sendable {
  package enum Outcome: Sendable, Hashable {
    /// In sync, or done without a change.
    case ok
    /// Differs (plan), or differed and was changed and verified (apply).
    case changed
    case skipped(reason: String)
    /// Dry run: whether it changes depends on something only known later.
    case maybe(Unknown)
    /// Dry run: an action without a guard; it would run.
    case opaque
    case failed(TaskFailure)
    /// Failed, and `ignore_errors` says to go on.
    case ignored(TaskFailure)
    /// Not tried: something it needs failed or could not be reached.
    case blocked(by: String)
  }

  package var host: String
  package var play: String
  package var task: String
  package var module: String
  /// Where the task is written.
  package var span: Span?
  /// `plays[0].tasks[3]`.
  package var path: String
  /// The label of the loop's item.
  package var item: String?
  package var outcome: Outcome
  package var changes: [Change]
  /// What a person should read: debug messages, output of failed commands.
  package var message: Value?
  /// What this result of a dry run takes for granted, as phrases: "`init` changes nothing here", "`check` passes".
  package var assuming: [String]
  /// Facts that came out unlike what was predicted.
  package var mispredicted: [String]
  package var isHandler: Bool
  package var duration: Duration
  /// Whether the task asked for its result not to be shown (`no_log`).
  package var isSecret: Bool
  /// The machine that it ran on, when delegated.
  package var delegate: String?
  /// The task's `check_mode` where it is not that of the run: true for what an apply only foresaw, false for what was
  /// carried out in a dry run.
  package var checkMode: Bool?
  /// The task's `diff`: whether lines of changed files are shown; nil leaves it to the command line.
  package var showsDiff: Bool?

  package init(
    host: String, play: String, task: String, module: String, span: Span?, path: String,
    item: String? = nil, outcome: Outcome, changes: [Change] = [], message: Value? = nil,
    assuming: [String] = [], mispredicted: [String] = [], isHandler: Bool = false,
    duration: Duration = .zero, isSecret: Bool = false, delegate: String? = nil,
    checkMode: Bool? = nil, showsDiff: Bool? = nil
  ) {
    self.host = host
    self.play = play
    self.task = task
    self.module = module
    self.span = span
    self.path = path
    self.item = item
    self.outcome = outcome
    self.changes = changes
    self.message = message
    self.assuming = assuming
    self.mispredicted = mispredicted
    self.isHandler = isHandler
    self.duration = duration
    self.isSecret = isSecret
    self.delegate = delegate
    self.checkMode = checkMode
    self.showsDiff = showsDiff
  }
}

/// Why a task failed on a host.
package struct TaskFailure: Sendable, Hashable, Error {
  /// Stable: `step-failed`, `not-converged`, `condition`, an id of a diagnostic.
  package var id: String
  package var message: String
  /// The step that failed.
  package var step: String?
  package var status: Int32?
  package var output: String
  package var errors: String
  /// A diagnostic in the user's text, when that is where the trouble is.
  package var diagnostic: Diagnostic?
  package var help: String?

  package init(
    _ id: String, _ message: String, step: String? = nil, status: Int32? = nil, output: String = "",
    errors: String = "", diagnostic: Diagnostic? = nil, help: String? = nil
  ) {
    self.id = id
    self.message = message
    self.step = step
    self.status = status
    self.output = output
    self.errors = errors
    self.diagnostic = diagnostic
    self.help = help
  }

  package init(_ diagnostic: Diagnostic) {
    let diagnostic = diagnostic.withoutSecrets
    self.init(diagnostic.id, diagnostic.message, diagnostic: diagnostic, help: diagnostic.help)
  }
}

/// What became of one host in a run.
package struct HostRecord: Sendable {
  package var ok = 0
  package var changed = 0
  package var skipped = 0
  package var failed = 0
  package var ignored = 0
  package var rescued = 0
  package var blocked = 0
  package var maybe = 0
  package var opaque = 0
  /// Tasks that a dry run carried out: they have `check_mode: false`.
  package var carriedOut = 0
  package var isUnreachable = false
  /// Messages sent, by login privilege (`deploy`, `root`).
  package var exchanges: [String: Int] = [:]
  package var predicted = 0
  package var mispredicted = 0

  package init() {}

  /// Messages sent to the host.
  package var exchangeCount: Int { exchanges.values.reduce(0, +) }
}

/// The record of a whole run.
package struct RunRecord: Sendable {
  package var mode: RunMode
  package var playbook: String
  /// Hosts in the inventory's order.
  package var hosts: [(name: String, record: HostRecord)]
  package var duration: Duration
  /// The run could not go on, and why; hosts may be in any state.
  package var interrupted: String?

  /// How the process ends: 130 > 1 > 4 > 2 > 16 > 0.
  package func exitCode(changesMatter: Bool) -> Int32 {
    if interrupted != nil { return 130 }
    if hosts.contains(where: \.record.isUnreachable) { return 4 }
    if hosts.contains(where: { $0.record.failed + $0.record.blocked > 0 }) { return 2 }
    let pending = hosts.contains { $0.record.changed + $0.record.maybe + $0.record.opaque > 0 }
    return changesMatter && pending ? 16 : 0
  }
}
