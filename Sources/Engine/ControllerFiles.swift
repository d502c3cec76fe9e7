import Diagnostics
import Glibc
import Model
import ModuleKit
import Schema
import Template

/// Finds what tasks name on the controller: in `files/` and `templates/` of the folders around the task, nearest first.
struct ControllerFiles: Sendable {
  let disk: ControllerDisk
  /// The task's folders, nearest first.
  let folders: [String]
  let cache: ControllerCache

  /// The path of what a task names; nil when it is nowhere.
  ///
  /// `subfolder`: `files` or `templates`.
  func find(_ name: String, in subfolder: String) -> String? {
    candidates(name, subfolder).first { disk.kind($0) != nil }
  }

  /// Where a name is searched, in order.
  func candidates(_ name: String, _ subfolder: String) -> [String] {
    if name.hasPrefix("/") { return [name] }
    return folders.flatMap { folder in
      [
        ControllerPath.join(ControllerPath.join(folder, subfolder), name),
        ControllerPath.join(folder, name),
      ]
    }
  }

  /// A file, or a folder with all that is in it.
  func content(of path: String) throws(Diagnostic) -> ControllerContent {
    try cache.content(of: path, reading: read)
  }

  /// A template with its text.
  func template(_ path: String) throws(Diagnostic) -> ControllerCache.TemplateFile {
    try cache.template(path, reading: bytes)
  }

  private func read(_ path: String) throws(Diagnostic) -> ControllerContent {
    if disk.kind(path) == .folder { return .tree(try entries(below: path, as: "")) }
    return .file(Blob(try bytes(of: path)), mode: permissions(path))
  }

  private func bytes(of path: String) throws(Diagnostic) -> [UInt8] {
    do throws(ControllerDisk.Failure) {
      return try disk.read(path)
    } catch {
      throw Diagnostic(.error, "controller-file", "`\(path)` cannot be read: \(error.reason)")
    }
  }

  private func entries(
    below path: String, as prefix: String
  ) throws(Diagnostic) -> [ControllerContent.TreeEntry] {
    var found: [ControllerContent.TreeEntry] = []
    for name in disk.names(path) {
      let full = ControllerPath.join(path, name)
      let relative = prefix.isEmpty ? name : prefix + "/" + name
      if disk.kind(full) == .folder {
        found.append(.init(path: relative, mode: permissions(full), blob: nil))
        found += try entries(below: full, as: relative)
      } else {
        found.append(
          .init(path: relative, mode: permissions(full), blob: Blob(try bytes(of: full))))
      }
    }
    return found
  }

  private func permissions(_ path: String) -> UInt16 {
    var status = stat()
    guard stat(path, &status) == 0 else { return 0o644 }
    return UInt16(status.st_mode & 0o7777)
  }
}
