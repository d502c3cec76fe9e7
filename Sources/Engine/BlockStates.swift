import Model

/// Where an instruction stands in a block: which block, and in which of its sections.
package struct BlockPlace: Sendable, Hashable {
  package enum Section: Sendable, Hashable { case main, rescue, always }

  /// Unique in a play.
  package let block: Int
  package let section: Section
  /// Whether the block has a `rescue` section.
  package let hasRescue: Bool
  /// How hosts take turns in it.
  package var rolling: Rolling?

  package static func == (left: BlockPlace, right: BlockPlace) -> Bool {
    left.block == right.block && left.section == right.section
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(block)
    hasher.combine(section)
  }
}

/// How far one host has come through the blocks of a play: what runs after a failure, and what does not.
struct BlockStates: Sendable {
  private enum State: Sendable { case running, rescuing, failed }

  private var states: [Int: State] = [:]
  /// The failure that nothing has rescued.
  private(set) var failure: TaskFailure?
  /// The failure that the running `rescue` section is about.
  private(set) var rescued: TaskFailure?

  /// Whether an instruction at these places (outermost first) is to run on the host.
  mutating func admits(_ places: [BlockPlace]) -> Bool {
    let always = places.lastIndex { $0.section == .always }
    let inner = always.map { places[($0 + 1)...] } ?? places[...]
    if let always {
      guard states[places[always].block] != nil else { return false }
    } else if failure != nil {
      return false
    }
    for place in inner {
      switch (place.section, states[place.block]) {
      case (.main, nil): states[place.block] = .running
      case (.main, .running), (.rescue, .rescuing), (.always, _): continue
      default: return false
      }
    }
    return true
  }

  /// Records a failure at these places: the innermost `rescue` takes it, else the host has failed.
  /// - Returns: whether a `rescue` section takes over.
  mutating func fail(_ failure: TaskFailure, at places: [BlockPlace]) -> Bool {
    for place in places.reversed() {
      if place.section == .main, place.hasRescue {
        states[place.block] = .rescuing
        rescued = failure
        return true
      }
      states[place.block] = .failed
    }
    self.failure = failure
    return false
  }

  /// Records a failure that no `rescue` takes: only `always` sections still run.
  mutating func failForGood(_ failure: TaskFailure, at places: [BlockPlace]) {
    for place in places { states[place.block] = .failed }
    self.failure = failure
  }
}
