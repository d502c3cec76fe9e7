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

  /// What a file holds, or is to hold: `content` says so, given what it holds without the white space at its end.
  ///
  /// Nil where that would have to be written and nothing is.
  func password(
    at path: String, disk: ControllerDisk, content: (String?) -> String
  ) throws(TemplateError) -> String? {
    try known.withLock { known throws(TemplateError) in
      var old = known[path]
      if old == nil { old = try stored(at: path, disk) }
      let new = content(old)
      if new == old {
        known[path] = new
        return new
      }
      if keeping == .nowhere { return nil }
      if keeping == .onDisk { try store(new + "\n", at: path) }
      known[path] = new
      return new
    }
  }

  private func stored(at path: String, _ disk: ControllerDisk) throws(TemplateError) -> String? {
    guard disk.kind(path) != nil else { return nil }
    do throws(ControllerDisk.Failure) {
      var bytes = try disk.read(path)
      while let last = bytes.last, last == 0x20 || (0x09...0x0D).contains(last) {
        bytes.removeLast()
      }
      return String(decoding: bytes, as: UTF8.self)
    } catch {
      throw TemplateError(.plugin, "`\(path)` cannot be read: \(error.reason)")
    }
  }

  private func store(_ text: String, at path: String) throws(TemplateError) {
    do throws(ControllerDisk.Failure) {
      try FileWriting(folderMode: 0o700).write(Array(text.utf8), to: path)
    } catch {
      throw TemplateError(.plugin, "`\(path)` cannot be written: \(error.reason)")
    }
  }
}
