import Schema

/// One act on a host: a script with what it needs, what must hold before it, and what it may write.
package struct Step: Sendable {
  /// What it does, for people: `write /etc/hosts`, `set vm.swappiness`.
  package var label: String
  /// Runs in a subshell with the functions of `ShellLibrary`.
  ///
  /// Its status decides.
  package var script: Script
  /// Standard input; nil means `/dev/null`.
  package var input: Blob?
  /// Checked on the host right before the script; a step whose precondition fails stops the batch.
  package var preconditions: [Precondition]
  package var footprint: Footprint
  /// How long the script may take before it is killed; nil means the run's default.
  package var deadline: Duration?
  /// Statuses that count as success; nil means every status is for the module to judge.
  package var accepts: Set<Int32>?
  /// The account it runs as; nil means the channel's.
  package var user: String?
  /// The inventory's name of the machine it runs on; nil means the task's.
  package var machine: String?
  /// Whether script or output hold a secret: neither is shown.
  package var isSecret: Bool

  package init(
    _ label: String, _ script: Script, input: Blob? = nil, preconditions: [Precondition] = [],
    footprint: Footprint, deadline: Duration? = nil, accepts: Set<Int32>? = [0],
    user: String? = nil,
    machine: String? = nil, isSecret: Bool = false
  ) {
    self.label = label
    self.script = script
    self.input = input
    self.preconditions = preconditions
    self.footprint = footprint
    self.deadline = deadline
    self.accepts = accepts
    self.user = user
    self.machine = machine
    self.isSecret = isSecret
  }
}

/// What must still hold on the host when a step begins: the plan was made for that state.
package struct Precondition: Sendable, Hashable {
  /// Status 0 when it holds.
  package let script: Script
  /// What it means when it does not: `/etc/hosts changed since it was read`.
  package let failure: String

  package init(_ script: Script, failure: String) {
    self.script = script
    self.failure = failure
  }
}

/// What a step printed.
package struct StepReply: Sendable, Hashable {
  package let label: String
  package let status: Int32
  package let output: [UInt8]
  package let errors: [UInt8]
  /// Whether output beyond the cap was dropped.
  package let isTruncated: Bool

  package init(
    label: String, status: Int32, output: [UInt8], errors: [UInt8], isTruncated: Bool = false
  ) {
    self.label = label
    self.status = status
    self.output = output
    self.errors = errors
    self.isTruncated = isTruncated
  }

  package var text: String { String(decoding: output, as: UTF8.self) }
  package var errorText: String { String(decoding: errors, as: UTF8.self) }
}
