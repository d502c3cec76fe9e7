/// Why a pattern or replacement is none, or why a search was given up.
package struct PatternError: Error, Sendable, Hashable {
  /// Lower case, without a full stop.
  package let message: String

  init(_ message: String) { self.message = message }
}
