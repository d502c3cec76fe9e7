import Synchronization

/// Counts what templates take from outside their variables: randomness, the clock, files and commands of the controller.
///
/// Whoever keeps a result for later compares the count before and after: where it is the same, the
/// result depends on the variables alone. Reads of other threads can make a result look dependent
/// that is not, never the reverse.
package enum OutsideReads {
  private static let counter = Atomic<Int>(0)

  /// How many there were in this process.
  package static var count: Int { counter.load(ordering: .relaxed) }

  static func note() { counter.wrappingAdd(1, ordering: .relaxed) }
}
