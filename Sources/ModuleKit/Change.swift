import Schema

/// One difference between what is and what is wished, with the steps that remove it.
///
/// A dry run prints these very values; there is no second story.
package struct Change: Sendable {
  package enum Action: String, Sendable, Hashable { case create, update, remove }

  /// The thing: a path, a key, a unit.
  package var subject: String
  /// What of it: `content`, `mode`, `running`, `persisted`, `active`.
  package var attribute: String
  package var action: Action
  package var before: Shown
  package var after: Shown
  /// Empty when another change of the same task does it along.
  package var steps: [Step]
  /// The facts as they will be; whatever a step's footprint touches beyond these becomes unknown in a dry run.
  package var predicts: [Prediction]
  /// What is unknown in a dry run once this is foreseen, and not predicted; nil for all that the
  /// steps may write.
  ///
  /// An apply observes again whatever the steps may write, in any case.
  package var doubts: Footprint?
  package var blast: Blast
  /// How long the host may take until the facts compare equal (a unit that has to stay up).
  package var settle: Duration
  /// What a dry run can try without changing anything, to know whether the steps will be accepted: the command that
  /// checks a new file; nil where there is nothing to try.
  package var trial: Step?
  /// What has to happen first that is not this task's doing (a node that registers itself): a dry run does not count on
  /// it, and an apply waits for it or fails; nil where everything is there.
  package var awaits: Unknown?

  package init(
    _ subject: String, _ attribute: String, _ action: Action = .update, from before: Shown,
    to after: Shown, steps: [Step] = [], predicts: [Prediction] = [], blast: Blast = .none,
    settle: Duration = .zero
  ) {
    self.subject = subject
    self.attribute = attribute
    self.action = action
    self.before = before
    self.after = after
    self.steps = steps
    self.predicts = predicts
    self.blast = blast
    self.settle = settle
    trial = nil
    awaits = nil
  }
}

extension Change {
  /// What nobody can foretell after it, except where it predicts.
  package var doubtful: Footprint {
    doubts ?? steps.reduce(.nothing) { $0.union($1.footprint) }
  }
}

/// One side of a change, fit to be printed: secrets are masked here, at the source.
package enum Shown: Sendable, Hashable {
  case absent
  case text(String)
  /// The content of a text file; printed as a line diff.
  case content(String)
  /// Content that is not text, or too large to show.
  case bytes(count: Int, sha256: String)
  /// Something is there, and may not be shown.
  case secret
  case unknown(Unknown)

  /// How content is shown: as text when it is text of at most 256 KiB and no secret.
  package init(_ blob: Blob) {
    if blob.isSecret {
      self = .secret
    } else if blob.count <= 262_144, !blob.bytes.contains(0),
      let text = String(validating: blob.bytes, as: UTF8.self)
    {
      self = .content(text)
    } else {
      self = .bytes(count: blob.count, sha256: blob.sha256)
    }
  }
}

/// How far a change reaches beyond the thing it changes; ordered.
package enum Blast: Int, Sendable, Hashable, Comparable, CaseIterable {
  case none, reload, restart, drain, reboot, rebuild
  /// Refused, with the reason.
  case forbidden

  package static func < (left: Blast, right: Blast) -> Bool { left.rawValue < right.rawValue }

  package var name: String {
    switch self {
    case .none: "none"
    case .reload: "reload"
    case .restart: "restart"
    case .drain: "drain"
    case .reboot: "reboot"
    case .rebuild: "rebuild"
    case .forbidden: "forbidden"
    }
  }
}
