import PKI

extension Moment {
  /// Reads `2026-11-21T08:00:00Z`; nil for another text.
  package init?(iso8601 text: String) {
    guard let moment = Moment(text.filter { !"-T:".contains($0) }), moment.iso8601 == text else {
      return nil
    }
    self = moment
  }
}
