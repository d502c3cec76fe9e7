import Model
import Schema
import Synchronization

/// Which hosts have failed in which play, which plays are given up, and what `run_once` tasks have found.
final class Fates: Sendable {
  private struct State {
    var failed: [Int: Set<String>] = [:]
    var abortions: [Int: String] = [:]
    var blocked: Set<String> = []
    var published: [Int: [Int: [String: Value]]] = [:]
    var lost: Set<String> = []
    var forgiven: [String: Int] = [:]
    var spoiled: [Int: Set<Int>] = [:]
    var endedPlays: Set<Int> = []
    var endedBatches: Set<Int> = []
  }

  private let state = Mutex(State())
  /// The plays that end with a play, by their numbers in the playbook.
  private let followers: [Int: [Int]]

  ///
  /// `lost`: hosts that could not be reached in an earlier part of the run.
  init(followers: [Int: [Int]], lost: Set<String> = []) {
    self.followers = followers
    state.withLock { $0.lost = lost }
  }

  var allLost: Set<String> { state.withLock { $0.lost } }
  var allAbortions: [Int: String] { state.withLock { $0.abortions } }

  /// Records that a host has failed in a play; how many have by now.
  func fail(_ host: String, in play: Int) -> Int {
    state.withLock { state in
      state.failed[play, default: []].insert(host)
      return state.failed[play]?.count ?? 0
    }
  }

  /// Ends a play, all its batches and the plays that wait for it without `needs` of their own, for all hosts; the cause
  /// is what came first.
  ///
  /// `play`: the play's number in the playbook.
  func abort(_ play: Int, because cause: String) {
    state.withLock { state in
      for play in [play] + followers[play, default: []] where state.abortions[play] == nil {
        state.abortions[play] = cause
      }
    }
  }

  func abortion(of play: Int) -> String? { state.withLock { $0.abortions[play] } }

  /// Whether the host is said to be blocked for the first time.
  func isNewlyBlocked(_ host: String) -> Bool {
    state.withLock { $0.blocked.insert(host).inserted }
  }

  // MARK: - Hosts that cannot be reached, and errors that are cleared

  /// A host cannot be reached; whether that is new.
  func lose(_ host: String) -> Bool { state.withLock { $0.lost.insert(host).inserted } }

  func isLost(_ host: String) -> Bool { state.withLock { $0.lost.contains(host) } }

  /// What hosts have failed at in the plays up to a number counts no more.
  func forgive(_ hosts: [String], upTo play: Int) {
    state.withLock { state in
      for host in hosts { state.forgiven[host] = play }
      state.lost.subtract(hosts)
      state.blocked.subtract(hosts)
    }
  }

  func isForgiven(_ host: String, upTo play: Int) -> Bool {
    state.withLock { ($0.forgiven[host] ?? -1) >= play }
  }

  // MARK: - Ends without failure

  /// Nothing more of the play, in no batch (`meta: end_play`).
  ///
  /// `play`: its number in the playbook.
  func end(play: Int) { state.withLock { state in _ = state.endedPlays.insert(play) } }

  /// Nothing more of one batch (`meta: end_batch`).
  ///
  /// `batch`: its place in `Program.plays`.
  func end(batch: Int) { state.withLock { state in _ = state.endedBatches.insert(batch) } }

  func isOver(_ play: CompiledPlay) -> Bool {
    state.withLock {
      $0.endedPlays.contains(play.play.number) || $0.endedBatches.contains(play.number)
    }
  }

  // MARK: - What one host decides for all

  /// A rescued failure that sends all hosts to the `rescue` section (`any_errors_fatal`).
  func spoil(_ play: Int, _ position: Int) {
    state.withLock { state in _ = state.spoiled[play, default: []].insert(position) }
  }

  func isSpoiled(_ play: Int, _ position: Int) -> Bool {
    state.withLock { $0.spoiled[play]?.contains(position) == true }
  }

  func publish(_ values: [String: Value], _ play: Int, _ position: Int) {
    state.withLock { $0.published[play, default: [:]][position] = values }
  }

  func published(_ play: Int, _ position: Int) -> [String: Value]? {
    state.withLock { $0.published[play]?[position] }
  }
}
