import Glibc
import Schema

/// Filters over POSIX paths.
let pathFilters: [Filter] = [
  Filter("basename", "path") { .text(PosixPath.split(try $0.text(0, "the path")).tail) },
  Filter("dirname", "path") { .text(PosixPath.split(try $0.text(0, "the path")).head) },
  Filter("path_join", "paths") { call in
    switch call[0] {
    case .value(.text): return call[0]
    case .list, .tuple:
      let parts = try call.elements(0).map { try call.context.text($0, "a part of the path") }
      guard let first = parts.first else {
        throw call.fail(.type, "at least one part is needed")
      }
      return .text(parts.dropFirst().reduce(first, PosixPath.join))
    default: throw call.fail(.type, "a string or a list is needed")
    }
  },
  Filter("normpath", "path") { .text(PosixPath.normalized(try $0.text(0, "the path"))) },
  Filter("realpath", "path") { call in
    .text(ControllerPath.real(PosixPath.absolute(try call.text(0, "the path"))))
  },
  Filter("relpath", "path, start=") { call in
    let path = try call.text(0, "the path")
    guard !path.isEmpty else { throw call.fail(.value, "no path specified") }
    let start = try call.given(1).map(call.context.string) ?? "."
    return .text(PosixPath.relative(path, to: start))
  },
  Filter("splitext", "path") { call in
    let parts = PosixPath.splitExtension(try call.text(0, "the path"))
    return .tuple([.text(parts.root), .text(parts.suffix)])
  },
  Filter("commonpath", "paths") { call in
    switch call[0] {
    case .list, .tuple: break
    default: throw call.fail(.type, "a list is needed")
    }
    let paths = try call.elements(0).map { try call.context.text($0, "a path") }
    guard let common = PosixPath.common(paths) else {
      throw call.fail(
        .value, paths.isEmpty ? "the list is empty" : "absolute and relative paths are mixed")
    }
    return .text(common)
  },
  Filter("fileglob", "pathname") { call in
    OutsideReads.note()
    return .texts(call.context.renderer.resources.glob(try call.text(0, "the pattern")))
  },
]

/// POSIX paths as texts (Python's `posixpath`).
enum PosixPath {
  static func split(_ path: String) -> (head: String, tail: String) {
    guard let slash = path.utf8.lastIndex(of: 0x2F) else { return ("", path) }
    let tail = String(path[path.utf8.index(after: slash)...])
    let head = path[...slash]
    let stripped = PythonText.stripped(String(head), "/", .right)
    return (stripped.isEmpty ? String(head) : stripped, tail)
  }

  static func join(_ left: String, _ right: String) -> String {
    if right.hasPrefix("/") || left.isEmpty { return right }
    return left.hasSuffix("/") ? left + right : "\(left)/\(right)"
  }

  static func normalized(_ path: String) -> String {
    guard !path.isEmpty else { return "." }
    let isDouble = path.hasPrefix("//") && !path.hasPrefix("///")
    let root = isDouble ? "//" : path.hasPrefix("/") ? "/" : ""
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part != ".." || (root.isEmpty && parts.isEmpty) || parts.last == ".." {
        parts.append(part)
      } else if !parts.isEmpty {
        parts.removeLast()
      }
    }
    let result = root + parts.joined(separator: "/")
    return result.isEmpty ? "." : result
  }

  static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? normalized(path) : normalized(join(ControllerPath.current, path))
  }

  static func relative(_ path: String, to start: String) -> String {
    let from = absolute(start).split(separator: "/")
    let to = absolute(path).split(separator: "/")
    let shared = zip(from, to).prefix { $0 == $1 }.count
    let parts = Array(repeating: "..", count: from.count - shared) + to[shared...]
    return parts.isEmpty ? "." : parts.joined(separator: "/")
  }

  static func splitExtension(_ path: String) -> (root: String, suffix: String) {
    let bytes = Array(path.utf8)
    let nameStart = (bytes.lastIndex(of: 0x2F) ?? -1) + 1
    guard let dot = bytes.lastIndex(of: 0x2E), dot > nameStart,
      bytes[nameStart..<dot].contains(where: { $0 != 0x2E })
    else { return (path, "") }
    return (
      String(decoding: bytes[..<dot], as: UTF8.self), String(decoding: bytes[dot...], as: UTF8.self)
    )
  }

  /// Nil for no paths, or for absolute and relative ones together.
  static func common(_ paths: [String]) -> String? {
    guard let first = paths.first else { return nil }
    let isAbsolute = first.hasPrefix("/")
    guard paths.allSatisfy({ $0.hasPrefix("/") == isAbsolute }) else { return nil }
    let parts = paths.map { $0.split(separator: "/").filter { $0 != "." } }
    var shared = parts[0]
    for other in parts.dropFirst() {
      shared = Array(zip(shared, other).prefix { $0 == $1 }.map(\.0))
    }
    return (isAbsolute ? "/" : "") + shared.joined(separator: "/")
  }
}

/// What paths mean on the controller.
enum ControllerPath {
  static var current: String {
    guard let buffer = getcwd(nil, 0) else { return "/" }
    defer { free(buffer) }
    return String(cString: buffer)
  }

  /// The path without symbolic links, as far as it exists.
  static func real(_ path: String) -> String {
    var head = path
    var tail: [String] = []
    while head != "/", !head.isEmpty {
      OutsideReads.note()
      if let resolved = realpath(head, nil) {
        defer { free(resolved) }
        return tail.reversed().reduce(String(cString: resolved), PosixPath.join)
      }
      let parts = PosixPath.split(head)
      tail.append(parts.tail)
      head = parts.head
    }
    return path
  }

  static func expandingUser(_ path: String, _ call: PluginCall) -> String {
    guard path.hasPrefix("~") else { return path }
    let user = path.dropFirst().prefix { $0 != "/" }
    let rest = path.dropFirst(user.count + 1)
    let home: String?
    if user.isEmpty {
      home = call.context.renderer.resources.environment("HOME") ?? homeFolder(of: getuid())
    } else {
      home = getpwnam(String(user)).flatMap { String(cString: $0.pointee.pw_dir) }
    }
    guard let home else { return path }
    let result = PythonText.stripped(home, "/", .right) + rest
    return result.isEmpty ? "/" : result
  }

  private static func homeFolder(of user: uid_t) -> String? {
    getpwuid(user).map { String(cString: $0.pointee.pw_dir) }
  }

  static func expandingVariables(_ path: String, _ call: PluginCall) -> String {
    var result = ""
    var rest = path[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[rest.index(after: dollar)...]
      let isBraced = rest.hasPrefix("{")
      let name =
        isBraced
        ? rest.dropFirst().prefix { $0 != "}" }
        : rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
      let length = isBraced ? name.count + 2 : name.count
      let written = "$" + rest.prefix(length)
      if !name.isEmpty, rest.count >= length,
        let value = call.context.renderer.resources.environment(String(name))
      {
        result += value
      } else {
        result += written
      }
      rest = rest.dropFirst(length)
    }
    return result + rest
  }
}
