import Glibc
import Vault

/// The files of the controller, as far as loading needs them; tests give their own.
package struct ControllerDisk: Sendable {
  /// What a path names.
  package enum Kind: Sendable, Hashable { case file, folder }

  /// Why a file could not be read.
  package struct Failure: Error, Sendable, Hashable {
    /// In the system's words.
    package let reason: String
    /// Whether there is nothing of that name.
    package let isMissing: Bool

    package init(reason: String, isMissing: Bool) {
      self.reason = reason
      self.isMissing = isMissing
    }
  }

  /// The bytes of a file.
  package let read: @Sendable (String) throws(Failure) -> [UInt8]
  /// What there is under a path, links followed; nil for nothing, or nothing that one may see.
  package let kind: @Sendable (String) -> Kind?
  /// The names in a folder, sorted; empty when it cannot be read.
  package let names: @Sendable (String) -> [String]
  /// Whether this user may run a file.
  package let isExecutable: @Sendable (String) -> Bool
  /// Runs a file with arguments and no input, for so long at most.
  package let run: Run
  /// A path from the root; files in memory keep theirs.
  package let absolute: @Sendable (String) -> String
  /// What opens files and values that are encrypted.
  package let vault: VaultKeys

  /// What runs a program: its path and arguments, and how long it may take.
  package typealias Run =
    @Sendable (_ command: [String], _ deadline: Duration) throws(ControllerProgram.Failure) ->
    ControllerProgram.Outcome

  /// A program of tests: its outcome for some arguments.
  package typealias Program = @Sendable (_ arguments: [String]) -> ControllerProgram.Outcome

  package init(
    read: @escaping @Sendable (String) throws(Failure) -> [UInt8],
    kind: @escaping @Sendable (String) -> Kind?, names: @escaping @Sendable (String) -> [String],
    isExecutable: @escaping @Sendable (String) -> Bool = systemExecutable,
    run: @escaping Run = ControllerProgram.run,
    absolute: @escaping @Sendable (String) -> String = { $0 },
    vault: VaultKeys = VaultKeys()
  ) {
    self.absolute = absolute
    self.read = read
    self.kind = kind
    self.names = names
    self.isExecutable = isExecutable
    self.run = run
    self.vault = vault
  }

  /// The same files, with passwords for those that are encrypted.
  package func with(_ vault: VaultKeys) -> ControllerDisk {
    ControllerDisk(
      read: read, kind: kind, names: names, isExecutable: isExecutable, run: run,
      absolute: absolute, vault: vault)
  }

  /// The disk of this machine.
  package static let system = ControllerDisk(
    read: readSystemFile, kind: systemKind, names: systemNames, absolute: systemPath)

  /// Files that are only in memory, by path; those with a program can be run.
  package static func memory(
    _ files: [String: String], programs: [String: Program] = [:]
  ) -> ControllerDisk {
    var folders: Set<String> = []
    for path in files.keys {
      var folder = ControllerPath.folder(of: path)
      while folders.insert(folder).inserted { folder = ControllerPath.folder(of: folder) }
    }
    let known = folders
    return ControllerDisk(
      read: { path throws(Failure) in
        guard let text = files[ControllerPath.normalized(path)] else {
          throw Failure(reason: "No such file or directory", isMissing: true)
        }
        return Array(text.utf8)
      },
      kind: { path in
        let path = ControllerPath.normalized(path)
        if files[path] != nil { return .file }
        return known.contains(path) ? .folder : nil
      },
      names: { folder in
        let folder = ControllerPath.normalized(folder)
        let paths = Array(files.keys) + Array(known)
        return Set(
          paths.filter { ControllerPath.folder(of: $0) == folder && $0 != folder }
            .map(ControllerPath.name(of:))
        ).sorted()
      },
      isExecutable: { programs[ControllerPath.normalized($0)] != nil },
      run: { command, _ throws(ControllerProgram.Failure) in
        guard let program = programs[ControllerPath.normalized(command[0])] else {
          throw .start("Permission denied")
        }
        return program(Array(command.dropFirst()))
      })
  }
}

/// Whether this user may run a file of this machine.
package func systemExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }

private func readSystemFile(_ path: String) throws(ControllerDisk.Failure) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw systemFailure() }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var status = stat()
  if fstat(descriptor, &status) == 0, status.st_size > 0 {
    bytes.reserveCapacity(Int(status.st_size))
  }
  var chunk = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = Glibc.read(descriptor, &chunk, chunk.count)
    if count == 0 { return bytes }
    guard count > 0 else {
      if errno == EINTR { continue }
      throw systemFailure()
    }
    bytes.append(contentsOf: chunk[..<count])
  }
}

private func systemFailure() -> ControllerDisk.Failure {
  let code = errno
  return ControllerDisk.Failure(
    reason: String(cString: strerror(code)), isMissing: code == ENOENT || code == ENOTDIR)
}

private func systemKind(_ path: String) -> ControllerDisk.Kind? {
  var status = stat()
  guard stat(path, &status) == 0 else { return nil }
  return status.st_mode & S_IFMT == S_IFDIR ? .folder : .file
}

private func systemNames(_ path: String) -> [String] {
  guard let folder = opendir(path) else { return [] }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}

/// A path from the root, where the process was started being where relative ones begin.
private func systemPath(_ path: String) -> String {
  guard !path.hasPrefix("/"), let start = getcwd(nil, 0) else { return path }
  defer { free(start) }
  return ControllerPath.normalized(ControllerPath.join(String(cString: start), path))
}
