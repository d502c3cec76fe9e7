import Diagnostics
import Schema
import YAML

/// Files that hold nothing but variables: `vars_files`, `include_vars`, `group_vars`, `host_vars`.
package struct VariableFiles: Sendable {
  let disk: ControllerDisk

  package init(disk: ControllerDisk = .system) { self.disk = disk }

  /// Where a relative path may lie: in `vars/` of a folder, or in the folder itself.
  package static func candidates(_ path: String, folder: String) -> [String] {
    if path.hasPrefix("/") { return [path] }
    return [ControllerPath.join(folder, "vars/" + path), ControllerPath.join(folder, path)]
  }

  /// The variables of one file, for the engine while a play runs.
  /// - Throws: everything that is wrong with the file.
  package func variables(ofFile path: String, level: VariableLevel, at span: Span? = nil)
    throws(DiagnosticError) -> [String: Variable]
  {
    var builder = SourceBuilder()
    let variables = variables(ofFile: path, origin: Origin(level), at: span, builder: &builder)
    if builder.bag.hasErrors { throw DiagnosticError(builder.bag.errors) }
    return variables
  }

  /// The variables of one file; what is wrong goes into the builder's bag.
  func variables(ofFile path: String, origin: Origin, at span: Span?, builder: inout SourceBuilder)
    -> [String: Variable]
  {
    let title = "file of variables"
    guard let root = disk.document(path, title: title, at: span, into: &builder.bag)?.root else {
      return [:]
    }
    guard root.kind == .mapping else {
      builder.bag.add(
        Diagnostic(
          .error, "wrong-type",
          "a \(title) is a mapping of names to values, found a \(root.kindName)",
          at: root.span))
      return [:]
    }
    if root.isSecret { disk.rememberSecrets(in: root) }
    return VariableReader.variables(root, origin: origin, builder: &builder)
  }

  // MARK: group_vars and host_vars

  private static let endings = ["", ".yml", ".yaml", ".json"]

  /// The files for a name in `group_vars` or `host_vars`: of the name alone, then with an ending; the first that exists.
  ///
  /// Where that is a folder, all files below it.
  func files(for name: String, in folder: String) -> [String] {
    for ending in Self.endings {
      let path = ControllerPath.join(folder, name + ending)
      switch disk.kind(path) {
      case .file: return [path]
      case .folder: return files(below: path, throughEndings: false)
      case nil: continue
      }
    }
    return []
  }

  /// All files of variables in a folder and below it, by name; hidden ones and backups are left out.
  ///
  /// As in Ansible, `group_vars` and `host_vars` also leave out folders whose names have an ending.
  package func files(below folder: String, throughEndings: Bool = true) -> [String] {
    disk.names(folder).flatMap { name -> [String] in
      guard !name.hasPrefix("."), !name.hasSuffix("~") else { return [] }
      let path = ControllerPath.join(folder, name)
      switch disk.kind(path) {
      case .folder:
        guard throughEndings || ControllerPath.ending(of: name).isEmpty else { return [] }
        return files(below: path, throughEndings: throughEndings)
      case .file: return Self.endings.contains(ControllerPath.ending(of: name)) ? [path] : []
      case nil: return []
      }
    }
  }
}
