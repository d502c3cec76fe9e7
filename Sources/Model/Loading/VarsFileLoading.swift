import Diagnostics
import YAML

extension LoadSession {
  /// `vars_files`: the variables of those with plain paths, and those that must wait for the run.
  func varsFiles(_ entry: Entry, _ context: PlayContext) -> ([String: Variable], [VarsFile]) {
    guard let node = entry["vars_files"], !node.isNull else { return ([:], []) }
    var variables: [String: Variable] = [:]
    var later: [VarsFile] = []
    for element in node.kind == .sequence ? node.elements : [node] {
      let candidates = texts(element, keyword: "vars_files")
      guard candidates.allSatisfy({ $0.template == nil }) else {
        later.append(VarsFile(candidates: candidates))
        continue
      }
      let read = self.variables(ofFirst: candidates, folder: context.folder, at: element.span)
      variables.merge(read) { _, later in later }
    }
    return (variables, later)
  }

  /// The variables of the first file that exists; reported when none does.
  private func variables(ofFirst candidates: [TextSource], folder: String, at span: Span)
    -> [String: Variable]
  {
    let origin = Origin(.playVarsFiles)
    for candidate in candidates {
      for path in VariableFiles.candidates(candidate.text, folder: folder)
      where disk.kind(path) == .file {
        return VariableFiles(disk: disk).variables(
          ofFile: path, origin: origin, at: candidate.span, builder: &builder)
      }
    }
    let names = candidates.map { "`\($0.text)`" }.joined(separator: ", ")
    report(
      "file-not-found", "the file of variables \(names) does not exist", at: span,
      help: "paths are relative to the playbook")
    return [:]
  }
}

extension VariableScope {
  /// The same scopes around another one.
  func laid(over outer: VariableScope?) -> VariableScope {
    let inner = parent?.laid(over: outer) ?? outer
    return VariableScope(level, variables, in: inner)
  }
}
