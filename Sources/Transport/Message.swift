import ModuleKit
import Schema

/// One message of an exchange: frames that run in order in one shell.
package struct Message: Sendable {
  package var frames: [Frame]

  package init(_ frames: [Frame]) { self.frames = frames }
}

/// One script of a message: a probe that reads, or a step that writes.
package struct Frame: Sendable {
  /// What it is, for errors: `probe file`, `write /etc/hosts`.
  package var label: String
  /// Runs in a subshell with the functions of `ShellLibrary`; standard input is `input`, else `/dev/null`.
  package var script: Script
  package var input: Blob?
  /// Checked in order before the script; the first that fails ends the frame as `.preconditionFailed`.
  package var preconditions: [Precondition]
  /// Whether frames after this one are skipped when it does not succeed (its status is not accepted, a precondition failed).
  package var isStep: Bool
  /// Statuses that count as success of a step; nil means all.
  package var accepts: Set<Int32>?
  /// The account it runs as, when not the shell's (`runuser`, else `setpriv`, from a root shell).
  package var user: String?
  /// From the moment the frame begins; the controller keeps the clock, the host is not asked to.
  package var deadline: Duration
  /// Runs the frame even when a step before it failed: verification still tells what is there.
  package var runsAlways: Bool
  /// Variables of the environment that the script sees.
  package var environment: [(name: String, value: String)]

  package init(
    _ label: String, _ script: Script, input: Blob? = nil, preconditions: [Precondition] = [],
    isStep: Bool, accepts: Set<Int32>? = [0], user: String? = nil, deadline: Duration,
    runsAlways: Bool = false, environment: [(name: String, value: String)] = []
  ) {
    self.label = label
    self.script = script
    self.input = input
    self.preconditions = preconditions
    self.isStep = isStep
    self.accepts = accepts
    self.user = user
    self.deadline = deadline
    self.runsAlways = runsAlways
    self.environment = environment
  }
}

/// What came of a frame.
package enum FrameReply: Sendable {
  /// It ran to its end; output beyond the cap was dropped.
  case finished(status: Int32, output: [UInt8], errors: [UInt8], isTruncated: Bool)
  /// A precondition did not hold; its `failure` text.
  case preconditionFailed(String)
  /// A step before it did not succeed.
  case skipped
  /// The deadline passed; what it had printed. Its process tree was killed.
  case timedOut(output: [UInt8], errors: [UInt8])
}
