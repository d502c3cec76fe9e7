import Diagnostics
import Glibc
import Schema
import Template
import Vault

/// What templates of a task may read on the controller: files beside it, the environment, lookups over the inventory.
package struct TaskResources: TemplateResources {
  private let disk: ControllerDisk
  private let folders: [String]
  private let inventory: Inventory?
  private let passwords: PasswordFiles

  /// - Parameters:
  ///   - folders: where relative paths are searched, nearest first: see `Task.folders`.
  ///   - inventory: for `inventory_hostnames`; nil outside of runs.
  ///   - disk: where files are read.
  ///   - passwords: where those of `lookup('password')` are kept; by default for as long as this value lives.
  package init(
    folders: [String], inventory: Inventory?, disk: ControllerDisk = .system,
    passwords: PasswordFiles = PasswordFiles(.inMemory)
  ) {
    self.passwords = passwords
    self.folders = folders
    self.inventory = inventory
    self.disk = disk
  }

  package func template(named name: String) throws(TemplateError) -> TemplateText? {
    guard let path = find(name, in: "templates"), let bytes = try? disk.read(path) else {
      return nil
    }
    let file = try opened(path, bytes)
    return TemplateText(
      String(decoding: file.bytes, as: UTF8.self), name: path, isSecret: file.isSecret)
  }

  package func file(_ path: String) throws(TemplateError) -> FileContent {
    guard let found = find(path, in: "files") else {
      throw TemplateError(.plugin, "the file `\(path)` does not exist")
    }
    let bytes: [UInt8]
    do {
      bytes = try disk.read(found)
    } catch {
      throw TemplateError(.plugin, "the file `\(found)` cannot be read: \(error.reason)")
    }
    let file = try opened(found, bytes)
    return FileContent(file.bytes, isSecret: file.isSecret)
  }

  private func opened(_ path: String, _ bytes: [UInt8]) throws(TemplateError) -> SourceFile {
    do throws(Diagnostic) {
      return try disk.sourceFile(path, bytes)
    } catch {
      throw TemplateError(.plugin, error.message, hint: error.help, name: error.id)
    }
  }

  package func keptPassword(
    _ path: String, content: (String?) -> String
  ) throws(TemplateError) -> String? {
    let path = path.hasPrefix("/") ? path : ControllerPath.join(folders.last ?? ".", path)
    return try passwords.password(at: path, disk: disk, content: content)
  }

  package func decrypted(_ envelope: String) throws(TemplateError) -> String {
    do throws(Diagnostic) {
      return try disk.decrypted(envelope, "this value", at: nil)
    } catch {
      throw TemplateError(.plugin, error.message, hint: error.help, name: error.id)
    }
  }

  package func environment(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  package func glob(_ pattern: String) -> [String] {
    for place in places(pattern, in: "files") {
      let name = ControllerPath.name(of: place)
      let folder = ControllerPath.folder(of: place)
      let found = disk.names(folder).filter { globMatches(name, $0) && !$0.hasPrefix(".") }
        .map { ControllerPath.join(folder, $0) }
        .filter { disk.kind($0) == .file }
      if !found.isEmpty { return found }
    }
    return []
  }

  package func lookup(_ name: String, terms: [Value], options: ValueMap) throws(TemplateError)
    -> Value?
  {
    switch name {
    case "inventory_hostnames":
      let text = terms.compactMap(\.string).joined(separator: ",")
      do throws(any Error) {
        let pattern = try HostPattern(text)
        return .list(inventory?.hosts(matching: pattern).map { .string($0.name) } ?? [])
      } catch {
        throw TemplateError(.plugin, "`\(text)` is no pattern of hosts")
      }
    case "first_found": return try firstFound(terms, options)
    default: return nil
    }
  }

  /// The path of a file of the controller as tasks name it; nil where there is none.
  ///
  /// It is searched in the folder of a kind (`files`, `templates`, `vars`) and beside that.
  package func find(_ path: String, in kind: String) -> String? {
    places(path, in: kind).first { disk.kind($0) != nil }
  }

  /// Where a path is searched, in order.
  package func places(_ path: String, in kind: String) -> [String] {
    if path.hasPrefix("/") { return [path] }
    return folders.flatMap {
      [ControllerPath.join($0, "\(kind)/\(path)"), ControllerPath.join($0, path)]
    }
  }

  /// The first of the files that exists, searched as tasks search theirs, or in the `paths` that go with them.
  private func firstFound(_ terms: [Value], _ options: ValueMap) throws(TemplateError) -> Value {
    var names: [String] = []
    var isOptional = options["skip"] == .bool(true)
    for term in terms + [.dict(options)] {
      for element in term.list ?? [term] {
        if let text = element.string { names.append(text) }
        guard let files = element["files"] else { continue }
        let paths = strings(element["paths"])
        isOptional = isOptional || element["skip"] == .bool(true)
        for file in strings(files) {
          names += paths.isEmpty ? [file] : paths.map { ControllerPath.join($0, file) }
        }
      }
    }
    for name in names {
      for kind in ["files", "templates", "vars", "tasks"] {
        if let path = find(name, in: kind) { return .list([.string(path)]) }
      }
    }
    if isOptional { return .list([]) }
    throw TemplateError(
      .plugin, "none of \(names.map { "`\($0)`" }.joined(separator: ", ")) exists")
  }

  private func strings(_ value: Value?) -> [String] {
    guard let value else { return [] }
    return (value.list ?? [value]).compactMap(\.string)
  }
}
