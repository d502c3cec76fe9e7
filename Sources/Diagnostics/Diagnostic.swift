/// Something wrong, or doubtful, in what the user wrote: data only; `DiagnosticRenderer` makes text of it.
package struct Diagnostic: Error, Hashable, Sendable {
  package enum Severity: String, Sendable, Comparable {
    case note, warning, error

    package static func < (left: Severity, right: Severity) -> Bool {
      func rank(_ severity: Severity) -> Int {
        switch severity {
        case .note: 0
        case .warning: 1
        case .error: 2
        }
      }
      return rank(left) < rank(right)
    }
  }

  /// A second place that explains the first, with a few words.
  package struct Label: Hashable, Sendable {
    package var span: Span
    package var text: String

    package init(_ span: Span, _ text: String) {
      self.span = span
      self.text = text
    }
  }

  package var severity: Severity
  /// Stable, kebab-case: what `spile explain` and tests know it by.
  package var id: String
  /// Lower case, no full stop, states the fact.
  package var message: String
  /// The place; nil where the mistake is in no file (a missing file, an argument).
  package var span: Span?
  /// What to print under the carets.
  package var underline: String?
  package var labels: [Label]
  /// Further facts, one a line.
  package var notes: [String]
  /// What to do; may span lines (corrected source).
  package var help: String?
  /// Where in the decoded tree: `plays[0].tasks[3].copy.mode`.
  package var path: String?
  /// Whether the lines that it points at hold a secret: then they are not quoted.
  package var hidesSource = false

  package init(
    _ severity: Severity = .error, _ id: String, _ message: String, at span: Span? = nil,
    underline: String? = nil, labels: [Label] = [], notes: [String] = [], help: String? = nil,
    path: String? = nil
  ) {
    self.severity = severity
    self.id = id
    self.message = message
    self.span = span
    self.underline = underline
    self.labels = labels
    self.notes = notes
    self.help = help
    self.path = path
  }
}

extension Diagnostic {
  /// Whether a place in it lies in a file that was encrypted.
  private var quotesSecrets: Bool {
    span?.file.isSecret == true || labels.contains { $0.span.file.isSecret }
  }

  /// The same without what it quotes, where that comes from a file that was encrypted.
  package var withoutSecrets: Diagnostic {
    guard quotesSecrets else { return self }
    var diagnostic = self
    diagnostic.message = message.withoutQuotations
    diagnostic.underline = nil
    diagnostic.notes = notes.map(\.withoutQuotations)
    diagnostic.help = help?.withoutQuotations
    diagnostic.labels = labels.map { Label($0.span, $0.text.withoutQuotations) }
    return diagnostic
  }
}

extension String {
  /// The text with everything between backticks replaced.
  fileprivate var withoutQuotations: String {
    let parts = split(separator: "`", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return self }
    // A quotation that is not closed, or has backticks in it, hides the rest.
    guard parts.count == 3 || !parts.count.isMultiple(of: 2) else { return parts[0] + "[secret]" }
    return parts.enumerated()
      .map { $0.offset.isMultiple(of: 2) ? String($0.element) : "[secret]" }.joined()
  }
}

/// Diagnostics as they are found; loaders go on after one, so that all are reported.
package struct DiagnosticBag: Sendable {
  /// In the order found; each is told once, however often its file was read.
  package private(set) var all: [Diagnostic] = []
  /// What was told, by place, id and message.
  private var told: Set<[String]> = []

  package init() {}

  package mutating func add(_ diagnostic: Diagnostic) {
    let key = [diagnostic.span?.location ?? "", diagnostic.id, diagnostic.message]
    if told.insert(key).inserted { all.append(diagnostic) }
  }

  package mutating func add(contentsOf other: some Sequence<Diagnostic>) {
    for diagnostic in other { add(diagnostic) }
  }

  /// Whether any of them forbids going on.
  package var hasErrors: Bool { all.contains { $0.severity == .error } }

  /// The errors, in the order found.
  package var errors: [Diagnostic] { all.filter { $0.severity == .error } }
}

/// Several diagnostics thrown as one; never empty.
package struct DiagnosticError: Error, Sendable {
  package let diagnostics: [Diagnostic]

  package init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }
}
