import Glibc
import Model
import Schema

/// Writes a file on the controller, whole or not at all, readable by its owner alone; the reason when it cannot be.
func storeOnController(_ blob: Blob, at path: String) -> String? {
  let temporary = path + ".spile-\(getpid())"
  if let reason = write(blob, toNew: temporary) { return reason }
  guard rename(temporary, path) == 0 else {
    let reason = String(cString: strerror(errno))
    unlink(temporary)
    return reason
  }
  return nil
}

/// What came of a file that must not be there.
enum Creation {
  case made
  case existed
  /// In the system's words.
  case failed(String)
}

/// Makes a file on the controller, whole or not at all, readable by its owner alone, and only where there is none: of two
/// runs that want to, one does.
func createOnController(_ blob: Blob, at path: String) -> Creation {
  let temporary = path + ".spile-\(getpid())"
  if let reason = write(blob, toNew: temporary) { return .failed(reason) }
  defer { unlink(temporary) }
  if link(temporary, path) == 0 { return .made }
  return errno == EEXIST ? .existed : .failed(String(cString: strerror(errno)))
}

/// Writes a new file to the disk for its owner alone; the reason when it cannot be, and then it is not there.
private func write(_ blob: Blob, toNew temporary: String) -> String? {
  makeFolders(ControllerPath.folder(of: temporary))
  let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
  guard descriptor >= 0 else { return String(cString: strerror(errno)) }
  defer { close(descriptor) }
  var rest = blob.bytes[...]
  while !rest.isEmpty {
    let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    guard written > 0 else {
      let reason = String(cString: strerror(errno))
      unlink(temporary)
      return reason
    }
    rest = rest.dropFirst(written)
  }
  guard fsync(descriptor) == 0 else {
    let reason = String(cString: strerror(errno))
    unlink(temporary)
    return reason
  }
  return nil
}

private func makeFolders(_ path: String) {
  if path == "." || path == "/" || mkdir(path, 0o755) == 0 || errno != ENOENT { return }
  makeFolders(ControllerPath.folder(of: path))
  mkdir(path, 0o755)
}
