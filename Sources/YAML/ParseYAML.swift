import Diagnostics

/// All documents of a stream.
///
/// Errors go into `bag`, several independent ones per run; what could be
/// read in spite of them is answered, so ask the bag before using it.
package func parseYAML(
  _ file: SourceFile, limits: Limits = .init(), into bag: inout DiagnosticBag
) -> [Tree] {
  let (trees, diagnostics) = read(file, limits: limits, mode: .tree)
  bag.add(contentsOf: diagnostics)
  return trees
}

/// The events of a stream: syntax only, without what `parseYAML` checks on top (unique keys, known anchors).
///
/// - Throws: the first error.
package func yamlEvents(
  _ file: SourceFile, limits: Limits = .init()
) throws(Diagnostic) -> [Event] {
  let (trees, diagnostics) = read(file, limits: limits, mode: .events)
  if let first = diagnostics.first { throw first }
  return [.streamStart] + trees.flatMap(\.events) + [.streamEnd]
}

private func read(
  _ file: SourceFile, limits: Limits, mode: Parser.Mode
) -> (trees: [Tree], diagnostics: [Diagnostic]) {
  let check = InputCheck(file, limits: limits)
  guard check.diagnostics.isEmpty else { return ([], check.diagnostics) }
  return file.bytes.withUnsafeBufferPointer { source in
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { table in
      guard let classes = table.baseAddress else { return ([], []) }
      ByteClass.fill(classes)
      var parser = Parser(
        file, source: source, classes: UnsafePointer(classes), limits: limits, mode: mode)
      parser.parseStream()
      let odd = check.misplaced(in: parser.documents)
      let all = (parser.diagnostics + odd).sorted { ($0.span?.start ?? 0) < ($1.span?.start ?? 0) }
      return (parser.documents, all)
    }
  }
}
