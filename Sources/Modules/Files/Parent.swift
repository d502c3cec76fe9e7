import ModuleKit
import Schema

/// The folder that will hold a new file.
enum Parent {
  /// The folder, and where it leads if it is a symbolic link.
  static func reads(of path: HostPath, given facts: FactView) -> [FactRequest] {
    let parent = path.parent
    let resolved = facts.known(FileFact.self, parent.string)?.resolved
    return [parent, resolved].compactMap { $0 }.map { FactRequest(FileFact.self, $0.string) }
  }

  /// The folder's fact; refuses a folder that is not there.
  static func known(of path: HostPath, _ facts: FactView) throws(Obstacle) -> FileFact {
    let parent = path.parent
    guard var fact = try facts.fact(FileFact.self, parent.string) else {
      throw .refusing(
        "no-parent-folder", "there is no folder `\(parent)` for `\(path.name)`",
        help: "create it first: `file: {path: \(parent), state: directory}`")
    }
    if let resolved = fact.resolved, let folder = try facts.fact(FileFact.self, resolved.string) {
      fact = folder
    }
    guard fact.mayHoldFiles else {
      throw .refusing("not-a-folder", "`\(parent)` is a \(fact.type.rawValue), not a folder")
    }
    return fact
  }
}
