import Glibc
import Model
import Schema

/// Writes a file on the controller, whole or not at all, readable by its owner alone; the reason when it cannot be.
func storeOnController(_ blob: Blob, at path: String) -> String? {
  makeFolders(ControllerPath.folder(of: path))
  let temporary = path + ".spile-\(getpid())"
  let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
  guard descriptor >= 0 else { return String(cString: strerror(errno)) }
  defer { close(descriptor) }
  var rest = blob.bytes[...]
  while !rest.isEmpty {
    let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    guard written > 0 else {
      let reason = String(cString: strerror(errno))
      unlink(temporary)
      return reason
    }
    rest = rest.dropFirst(written)
  }
  guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
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
