import Diagnostics
import Glibc
import Model
import ModuleKit
import Schema

/// A folder of the controller as it is: with links, owners and times.
enum ControllerTree {
  /// Everything below, folders before what is in them; names sorted.
  static func entries(
    below folder: String, as prefix: String = "", reading disk: ControllerDisk
  ) throws(Diagnostic) -> [ControllerContent.TreeEntry] {
    var found: [ControllerContent.TreeEntry] = []
    for name in disk.names(folder) {
      let full = ControllerPath.join(folder, name)
      let path = prefix.isEmpty ? name : prefix + "/" + name
      var status = stat()
      guard lstat(full, &status) == 0 else { continue }
      var entry = entry(path, status)
      switch status.st_mode & S_IFMT {
      case S_IFDIR:
        found.append(entry)
        found += try entries(below: full, as: path, reading: disk)
        continue
      case S_IFLNK: entry.link = try target(of: full)
      case S_IFREG: entry.blob = Blob(try bytes(of: full, disk))
      default:
        throw Diagnostic(
          .error, "controller-file", "`\(full)` is neither file, folder nor link: it cannot be sent"
        )
      }
      found.append(entry)
    }
    return found
  }

  private static func entry(_ path: String, _ status: stat) -> ControllerContent.TreeEntry {
    var user: String?
    var group: String?
    if let account = getpwuid(status.st_uid), let name = account.pointee.pw_name {
      user = String(cString: name)
    }
    if let account = getgrgid(status.st_gid), let name = account.pointee.gr_name {
      group = String(cString: name)
    }
    return ControllerContent.TreeEntry(
      path: path, mode: UInt16(status.st_mode & 0o7777), blob: nil,
      owner: .init(
        user: user ?? "", uid: Int(status.st_uid), group: group ?? "", gid: Int(status.st_gid)),
      modified: status.st_mtim.tv_sec)
  }

  private static func target(of path: String) throws(Diagnostic) -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink(path, &buffer, buffer.count)
    let bytes = buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    guard count > 0, let text = String(validating: bytes, as: UTF8.self) else {
      throw Diagnostic(.error, "controller-file", "the link `\(path)` cannot be read")
    }
    return text
  }

  private static func bytes(
    of path: String, _ disk: ControllerDisk
  ) throws(Diagnostic) -> [UInt8] {
    do throws(ControllerDisk.Failure) {
      return try disk.read(path)
    } catch {
      throw Diagnostic(.error, "controller-file", "`\(path)` cannot be read: \(error.reason)")
    }
  }
}
