import Glibc
import Schema

/// Tests of paths on the controller.
let pathTests: [Test] = [
  Test("directory", "path") {
    mode(try $0.text(0, "the path")).map { $0 & S_IFMT == S_IFDIR } ?? false
  },
  Test("file", "path") { mode(try $0.text(0, "the path")).map { $0 & S_IFMT == S_IFREG } ?? false },
  Test("link", "path") {
    linkMode(try $0.text(0, "the path")).map { $0 & S_IFMT == S_IFLNK } ?? false
  },
  Test("exists", "path") { mode(try $0.text(0, "the path")) != nil },
  Test("link_exists", "path") { linkMode(try $0.text(0, "the path")) != nil },
  Test("abs", "path") { try $0.text(0, "the path").hasPrefix("/") },
  Test("mount", "path") { call in
    let path = try call.text(0, "the path")
    guard let own = status(path), let parent = status(PosixPath.join(path, "..")) else {
      return false
    }
    return own.st_dev != parent.st_dev || own.st_ino == parent.st_ino
  },
  Test("same_file", "path, other") { call in
    guard let left = status(try call.text(0, "the path")),
      let right = status(try call.text(1, "the path"))
    else {
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
