import Diagnostics
import PatternMatching
import Schema

/// Which files of a folder `include_vars` reads.
package struct VariableFolder {
  private let depth: Int
  private let matching: String?
  private let ignored: [String]
  private let endings: [String]

  /// Reads the arguments of `include_vars`.
  package init(_ given: Arguments) throws(Diagnostic) {
    depth = try given[LanguageModules.includeVarsDepth]
    matching = try given[LanguageModules.includeVarsMatching]
    ignored = try given[LanguageModules.includeVarsIgnored]
    endings = try given[LanguageModules.includeVarsEndings]
  }

  /// The paths, by name; folders below are gone through as deep as `depth` says, 0 meaning all.
  package func files(in folder: String, _ disk: ControllerDisk, level: Int = 1) -> [String] {
    disk.names(folder).sorted().flatMap { name -> [String] in
      let path = ControllerPath.join(folder, name)
      if disk.kind(path) == .folder {
        return depth == 0 || level < depth ? files(in: path, disk, level: level + 1) : []
      }
      return takes(name) ? [path] : []
    }
  }

  private func takes(_ name: String) -> Bool {
    guard let dot = name.lastIndex(of: "."),
      endings.contains(String(name[name.index(after: dot)...]))
    else { return false }
    if ignored.contains(where: { matches($0, name) }) { return false }
    return matching.map { matches($0, name) } ?? true
  }

  /// A regular expression of Python, found anywhere in the name, as in Ansible.
  private func matches(_ pattern: String, _ name: String) -> Bool {
    (try? Pattern(pattern).search(in: name)) != nil
  }
}
