/// Timers by deadline: a binary heap whose cancelled entries are dropped when they surface.
struct TimerQueue {
  /// Names one timer; never used twice.
  struct Token: Hashable, Sendable { fileprivate let number: UInt64 }

  private struct Entry {
    var deadline: ContinuousClock.Instant
    var token: Token
  }

  private var heap: [Entry] = []
  private var bodies: [Token: () -> Void] = [:]
  private var nextNumber: UInt64 = 0

  /// Whether no timer is left, cancelled ones not counted.
  var isEmpty: Bool { bodies.isEmpty }

  /// When to look again; may be the deadline of a cancelled timer.
  var nextDeadline: ContinuousClock.Instant? { bodies.isEmpty ? nil : heap.first?.deadline }

  mutating func insert(
    at deadline: ContinuousClock.Instant, _ body: @escaping () -> Void
  ) -> Token {
    let token = Token(number: nextNumber)
    nextNumber += 1
    bodies[token] = body
    heap.append(Entry(deadline: deadline, token: token))
    siftUp(heap.count - 1)
    return token
  }

  mutating func cancel(_ token: Token) {
    bodies[token] = nil
    guard heap.count > 64, heap.count > 2 * bodies.count else { return }
    heap = heap.filter { bodies[$0.token] != nil }.sorted { $0.deadline < $1.deadline }
  }

  /// Takes out what is due, in the order of the deadlines.
  mutating func due(at now: ContinuousClock.Instant) -> [() -> Void] {
    var due: [() -> Void] = []
    while let first = heap.first, first.deadline <= now {
      removeFirst()
      if let body = bodies.removeValue(forKey: first.token) { due.append(body) }
    }
    return due
  }

  private mutating func removeFirst() {
    let last = heap.removeLast()
    guard !heap.isEmpty else { return }
    heap[0] = last
    siftDown(0)
  }

  private mutating func siftUp(_ start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard heap[child].deadline < heap[parent].deadline else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private mutating func siftDown(_ start: Int) {
    var parent = start
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < heap.count && heap[child].deadline < heap[least].deadline {
        least = child
      }
      guard least != parent else { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }
}
