import Diagnostics
import Glibc
import Model
import ModuleKit
import Schema
import Template
import Vault

/// Finds what tasks name on the controller: in `files/` and `templates/` of the folders around the task, nearest first.
struct ControllerFiles: Sendable {
  let disk: ControllerDisk
  /// The task's folders, nearest first.
  let folders: [String]
  let cache: ControllerCache
  let bundles: ControllerBundles

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
  ///
  /// `decrypts`: whether files that are encrypted are opened; otherwise they stay as they are.
  func content(of path: String, decrypts: Bool) throws(Diagnostic) -> ControllerContent {
    try cache.content(of: path, decrypted: decrypts) { path throws(Diagnostic) in
      try read(path, decrypts: decrypts)
    }
  }

  /// A folder with links, owners and times; or a file.
  func tree(_ path: String) throws(Diagnostic) -> ControllerContent {
    guard disk.kind(path) == .folder else { return try content(of: path, decrypts: false) }
    return try cache.content(of: "tree:" + path, decrypted: false) { _ throws(Diagnostic) in
      .tree(try ControllerTree.entries(below: path, reading: disk))
    }
  }

  /// Files that runs keep, by paths as they are written: each under its path, as far as it is there.
  ///
  /// `names`: those of the files in a folder; empty where the path is the file.
  func kept(_ paths: [String], _ names: [String]) throws(Diagnostic) -> ControllerContent {
    var entries: [ControllerContent.TreeEntry] = []
    for path in paths {
      for name in names.isEmpty ? [path] : names.map({ ControllerPath.join(path, $0) }) {
        guard let (blob, mode) = try kept(ControllerPath.join(folders.last ?? ".", name)) else {
          continue
        }
        entries.append(.init(path: name, mode: mode, blob: blob))
      }
    }
    return .tree(entries)
  }

  private func kept(_ path: String) throws(Diagnostic) -> (Blob, mode: UInt16)? {
    if let foreseen = cache.foreseen(path) { return (foreseen, 0o600) }
    guard disk.kind(path) == .file else { return nil }
    let content = try cache.content(of: "kept:" + path, decrypted: true) { _ throws(Diagnostic) in
      let file = try blob(path, decrypts: true)
      if file.isSecret || KnownSecrets.contains("PRIVATE KEY-----", in: file.bytes) {
        remember(file)
      }
      return .file(file, mode: permissions(path))
    }
    guard case .file(let blob, let mode) = content else { return nil }
    return (blob, mode)
  }

  /// Remembers the lines of a secret file, so that they are known when a host sends them back.
  private func remember(_ file: Blob) {
    for line in String(decoding: file.bytes, as: UTF8.self).split(separator: "\n")
    where !line.hasPrefix("-----") {
      disk.vault.secrets.remember(String(line))
    }
  }

  /// What an archive holds.
  ///
  /// `decrypts`: whether an archive that is encrypted is opened.
  func archive(_ path: String, decrypts: Bool) throws(Diagnostic) -> ControllerContent {
    try cache.content(of: "archive:" + path, decrypted: decrypts) { _ throws(Diagnostic) in
      let packed = try blob(path, decrypts: decrypts)
      do throws(ArchiveFailure) {
        let entries = try ControllerArchive.entries(packed.bytes)
        return .tree(packed.isSecret ? entries.map(\.concealed) : entries)
      } catch {
        throw Diagnostic(
          .error, "controller-archive", "`\(path)` cannot be unpacked: \(error.reason)")
      }
    }
  }

  /// A template with its text.
  func template(
    _ path: String, _ options: TemplateOptions
  ) throws(Diagnostic) -> ControllerCache.TemplateFile {
    try cache.template(path, options) { path throws(Diagnostic) in
      try disk.sourceFile(path, try bytes(of: path))
    }
  }

  private func read(_ path: String, decrypts: Bool) throws(Diagnostic) -> ControllerContent {
    if disk.kind(path) == .folder {
      return .tree(try entries(below: path, as: "", decrypts: decrypts))
    }
    return .file(try blob(path, decrypts: decrypts), mode: permissions(path))
  }

  private func blob(_ path: String, decrypts: Bool) throws(Diagnostic) -> Blob {
    let bytes = try bytes(of: path)
    guard decrypts else { return Blob(bytes) }
    let file = try disk.sourceFile(path, bytes)
    return Blob(file.bytes, isSecret: file.isSecret)
  }

  private func bytes(of path: String) throws(Diagnostic) -> [UInt8] {
    do throws(ControllerDisk.Failure) {
      return try disk.read(path)
    } catch {
      throw Diagnostic(.error, "controller-file", "`\(path)` cannot be read: \(error.reason)")
    }
  }

  private func entries(
    below path: String, as prefix: String, decrypts: Bool
  ) throws(Diagnostic) -> [ControllerContent.TreeEntry] {
    var found: [ControllerContent.TreeEntry] = []
    for name in disk.names(path) {
      let full = ControllerPath.join(path, name)
      let relative = prefix.isEmpty ? name : prefix + "/" + name
      if disk.kind(full) == .folder {
        found.append(.init(path: relative, mode: permissions(full), blob: nil))
        found += try entries(below: full, as: relative, decrypts: decrypts)
      } else {
        found.append(
          .init(
            path: relative, mode: permissions(full), blob: try blob(full, decrypts: decrypts)))
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

extension ControllerContent.TreeEntry {
  /// The entry of an archive that was encrypted.
  fileprivate var concealed: Self {
    var entry = self
    entry.blob = blob.map { Blob(bytes: $0.bytes, sha256: $0.sha256, isSecret: true) }
    return entry
  }
}
