import Glibc
import Schema

/// Tests of paths on the controller.
let pathTests: [Test] = [
  Test("directory", "path") { mode(try $0.string(0)).map { $0 & S_IFMT == S_IFDIR } ?? false },
  Test("file", "path") { mode(try $0.string(0)).map { $0 & S_IFMT == S_IFREG } ?? false },
  Test("link", "path") { linkMode(try $0.string(0)).map { $0 & S_IFMT == S_IFLNK } ?? false },
  Test("exists", "path") { mode(try $0.string(0)) != nil },
  Test("link_exists", "path") { linkMode(try $0.string(0)) != nil },
  Test("abs", "path") { try $0.string(0).hasPrefix("/") },
  Test("mount", "path") { call in
    let path = try call.string(0)
    guard let own = status(path), let parent = status(PosixPath.join(path, "..")) else {
      return false
    }
    return own.st_dev != parent.st_dev || own.st_ino == parent.st_ino
  },
  Test("same_file", "path, other") { call in
    guard let left = status(try call.string(0)), let right = status(try call.string(1)) else {
      throw call.fail(.plugin, "one of the files does not exist")
    }
    return left.st_dev == right.st_dev && left.st_ino == right.st_ino
  },
]

private func status(_ path: String) -> stat? {
  OutsideReads.note()
  var result = stat()
  return stat(path, &result) == 0 ? result : nil
}

private func mode(_ path: String) -> mode_t? { status(path)?.st_mode }

private func linkMode(_ path: String) -> mode_t? {
  OutsideReads.note()
  var result = stat()
  return lstat(path, &result) == 0 ? result.st_mode : nil
}
