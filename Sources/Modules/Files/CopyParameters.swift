import Diagnostics
import ModuleKit
import Schema

/// Where `copy` and its like put a file: a path that ends in `/` is a folder to put it into.
struct DestinationPath: ParameterType, Hashable {
  let path: HostPath
  let isFolder: Bool

  static let typeDescription = "absolute path"

  init(_ argument: Argument) throws(Diagnostic) {
    path = try HostPath(argument)
    isFolder = argument.sourceText?.hasSuffix("/") ?? false
  }

  /// The paths at which a file of that name may end up; which one depends on what is there.
  func candidates(name: String?) -> [HostPath] {
    guard let name else { return [path] }
    return isFolder ? [path.appending(name)] : [path, path.appending(name)]
  }

  /// Where the file ends up: in the folder, if it is one.
  func file(name: String, _ facts: FactView) throws(Obstacle) -> HostPath {
    if isFolder { return path.appending(name) }
    guard let file = try facts.fact(FileFact.self, path.string) else { return path }
    if file.type == .directory { return path.appending(name) }
    guard file.type == .link, let resolved = file.resolved,
      facts.known(FileFact.self, resolved.string)?.type == .directory
    else { return path }
    return path.appending(name)
  }
}

/// A file mode, or that of the file on the controller.
enum CopyMode: ParameterType, Hashable {
  case preserve
  case wish(ModeWish)

  static let typeDescription = "file mode or `preserve`"

  init(_ argument: Argument) throws(Diagnostic) {
    self = argument.sourceText == "preserve" ? .preserve : .wish(try ModeWish(argument))
  }

  /// The mode that does not depend on the source; nil for `preserve`.
  var wish: ModeWish? {
    guard case .wish(let mode) = self else { return nil }
    return mode
  }
}

/// Text for a file; lists and dictionaries become JSON.
enum ContentArgument {
  /// What Python's `json.dumps` writes by default.
  private static let pythonStyle = JSONStyle(
    itemSeparator: ", ", keySeparator: ": ", escapesNonASCII: true)

  static func blob(_ argument: Argument) throws(Diagnostic) -> Blob {
    switch argument.value {
    case .list, .dict:
      return Blob(
        Array(JSON.text(argument.value, style: pythonStyle).utf8), isSecret: argument.isSecret)
    default:
      let text = try String(argument)
      return Blob(Array(text.utf8), isSecret: argument.isSecret)
    }
  }
}
