/// Colours of a terminal, or none: the same text is made either way.
package struct Style: Sendable {
  package enum Role: Sendable { case create, update, remove, failure, doubt, quiet, strong }

  package let isColoured: Bool

  package init(isColoured: Bool) { self.isColoured = isColoured }

  package func paint(_ text: String, _ role: Role) -> String {
    guard isColoured, !text.isEmpty else { return text }
    let code =
      switch role {
      case .create: "32"
      case .update: "33"
      case .remove: "31"
      case .failure: "1;31"
      case .doubt: "36"
      case .quiet: "2"
      case .strong: "1"
      }
    return "\u{1B}[\(code)m\(text)\u{1B}[0m"
  }
}
