import Diagnostics

/// All documents of a stream.
///
/// Errors go into `bag`, several independent ones per run; what could be
/// read in spite of them is answered, so ask the bag before using it.
package func parseYAML(
  _ file: SourceFile, limits: Limits = .init(), quotedLines: QuotedLines = .deeper,
  into bag: inout DiagnosticBag
) -> [Tree] {
  let (trees, diagnostics) = read(file, limits: limits, mode: .tree, quotedLines)
  bag.add(contentsOf: diagnostics)
  return trees
}

/// Where the further lines of a quoted text may begin.
package enum QuotedLines: Sendable {
  /// Deeper than the key that the text belongs to (YAML 1.2.2, section 7.3).
  case deeper
  /// Anywhere, with a warning, as PyYAML and libyaml read them; not where such a line looks like a key of its own.
  case anywhere
}

/// The events of a stream: syntax only, without what `parseYAML` checks on top (unique keys, known anchors).
///
/// - Throws: the first error.
package func yamlEvents(
  _ file: SourceFile, limits: Limits = .init()
) throws(Diagnostic) -> [Event] {
  let (trees, diagnostics) = read(file, limits: limits, mode: .events, .deeper)
  if let first = diagnostics.first { throw first }
  return [.streamStart] + trees.flatMap(\.events) + [.streamEnd]
}

private func read(
  _ file: SourceFile, limits: Limits, mode: Parser.Mode, _ quotedLines: QuotedLines
) -> (trees: [Tree], diagnostics: [Diagnostic]) {
  let check = InputCheck(file, limits: limits)
  guard check.diagnostics.isEmpty else { return ([], check.diagnostics) }
  return file.bytes.withUnsafeBufferPointer { source in
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { table in
      guard let classes = table.baseAddress else { return ([], []) }
      ByteClass.fill(classes)
      var parser = Parser(
        file, source: source, classes: UnsafePointer(classes), limits: limits, mode: mode)
      parser.quotedLines = quotedLines
      parser.parseStream()
      let odd = check.misplaced(in: parser.documents)
      let all = (parser.diagnostics + odd).sorted { ($0.span?.start ?? 0) < ($1.span?.start ?? 0) }
      return (parser.documents, all)
    }
  }
}
