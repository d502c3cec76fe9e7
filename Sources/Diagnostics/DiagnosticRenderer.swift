/// Makes text of diagnostics.
package struct DiagnosticRenderer: Sendable {
  package init() {}

  /// One diagnostic as lines of text.
  package func render(_ diagnostic: Diagnostic) -> String {
    let place = diagnostic.span.map { $0.location + ": " } ?? ""
    let help = diagnostic.help.map { "\n  = help: " + $0 } ?? ""
    return "\(place)\(diagnostic.severity)[\(diagnostic.id)]: \(diagnostic.message)\(help)"
  }

  /// Several diagnostics, one after the other.
  package func render(_ diagnostics: [Diagnostic]) -> String {
    diagnostics.map { render($0) }.joined(separator: "\n")
  }
}
