import Glibc
import Synchronization
import Template

/// The passwords of `lookup('password')`, one for each file for as long as a run lasts.
package final class PasswordFiles: Sendable {
  /// What becomes of a password whose file is not there.
  package enum Keeping: Sendable {
    /// It is made, and written to its file: for its owner alone, as is a folder that has to be made.
    case onDisk
    /// It is made for as long as the value lives.
    case inMemory
    /// It is not made: a dry run cannot know it.
    case nowhere
  }

  private let keeping: Keeping
  private let known = Mutex<[String: String]>([:])

  package init(_ keeping: Keeping) { self.keeping = keeping }

  /// The content of a file; nil where it is not there and nothing is made.
  func password(
    at path: String, disk: ControllerDisk, make: () -> String
  ) throws(TemplateError) -> String? {
    try known.withLock { known throws(TemplateError) in
      if let password = known[path] { return password }
      if disk.kind(path) != nil {
        do throws(ControllerDisk.Failure) {
          let password = String(decoding: try disk.read(path), as: UTF8.self)
          known[path] = password
          return password
        } catch {
          throw TemplateError(.plugin, "`\(path)` cannot be read: \(error.reason)")
        }
      }
      if keeping == .nowhere { return nil }
      let password = make()
      if keeping == .onDisk, let reason = write(password + "\n", to: path) {
        throw TemplateError(.plugin, "`\(path)` cannot be written: \(reason)")
      }
      known[path] = password
      return password
    }
  }

  /// - Returns: why it could not be written.
  private func write(_ text: String, to path: String) -> String? {
    let parts = path.split(separator: "/").dropLast()
    for count in parts.indices {
      mkdir((path.hasPrefix("/") ? "/" : "") + parts[...count].joined(separator: "/"), 0o700)
    }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return String(cString: strerror(errno)) }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
      return String(cString: strerror(errno))
    }
    return nil
  }
}
