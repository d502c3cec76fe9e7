import Diagnostics
import Glibc
import Model

/// Lets a person edit a secret: in a folder of their own, in memory where the system has `/dev/shm`, gone afterwards.
enum PrivateEditing {
  /// What an editor makes of bytes.
  ///
  /// `path` is the file that it is, for the name and its ending. Throws why nothing was edited.
  static func edit(_ bytes: [UInt8], of path: String) throws(Diagnostic) -> [UInt8] {
    let folder = try makeFolder()
    let file = ControllerPath.join(folder, ControllerPath.name(of: path))
    defer { shred(folder) }
    let result = Interruption.holding(cleanUp: { shred(folder) }) {
      () -> Result<[UInt8], Diagnostic> in
      Result { () throws(Diagnostic) in try edited(bytes, file) }
    }
    return try result.get()
  }

  private static func edited(_ bytes: [UInt8], _ file: String) throws(Diagnostic) -> [UInt8] {
    let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("`\(file)` cannot be made") }
    let isWritten = FileWriting.put(bytes, descriptor)
    close(descriptor)
    guard isWritten else { throw failure("`\(file)` cannot be written") }
    let editor = Process.variable("EDITOR").flatMap { $0.isEmpty ? nil : $0 } ?? "vi"
    switch ChildProgram.run(
      ["/bin/sh", "-c", "\(editor) \"$1\"", "sh", file], readsOutput: false)
    {
    case .success(let ending) where ending.status == 0: break
    case .success(let ending):
      throw Diagnostic(
        .error, "editor", "the editor `\(editor)` ended with status \(ending.status)",
        help: "nothing was changed; EDITOR names another one")
    case .failure(let failure):
      throw Diagnostic(.error, "editor", "the editor cannot be run: \(failure.reason)")
    }
    do throws(ControllerDisk.Failure) {
      return try ControllerDisk.system.read(file)
    } catch {
      throw Diagnostic(.error, "editor", "what was edited cannot be read: \(error.reason)")
    }
  }

  private static func makeFolder() throws(Diagnostic) -> String {
    let temporary = Process.variable("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    for place in ["/dev/shm", temporary] where access(place, W_OK | X_OK) == 0 {
      var template = Array((place + "/spile-vault-XXXXXX").utf8CString)
      guard mkdtemp(&template) != nil else { continue }
      return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
    throw failure("no private folder can be made in /dev/shm or \(temporary)")
  }

  private static func failure(_ what: String) -> Diagnostic {
    Diagnostic(.error, "editor", "\(what): \(String(cString: strerror(errno)))")
  }

  /// Overwrites and removes every file of the folder, those that the editor left too.
  private static func shred(_ folder: String) {
    for name in ControllerDisk.system.names(folder) {
      let path = ControllerPath.join(folder, name)
      let descriptor = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
      if descriptor >= 0 {
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_size > 0 {
          _ = FileWriting.put([UInt8](repeating: 0, count: Int(status.st_size)), descriptor)
          fsync(descriptor)
        }
        close(descriptor)
      }
      unlink(path)
    }
    rmdir(folder)
  }
}
