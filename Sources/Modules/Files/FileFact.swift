import ModuleKit
import Schema

/// What lies at a path, as lstat(2) tells it: a symbolic link is a link, whatever it points to.
///
/// Two facts are equal when what a task can wish for is equal; traces (inode, times) come and go by themselves.
package struct FileFact: Fact {
  package static let kind = "file"
  package static let keysArePaths = true

  /// The type of a file; see inode(7).
  package enum FileType: String, Sendable, Hashable {
    case regular = "file"
    case directory
    case link
    case block
    case character = "char"
    case fifo
    case socket
  }

  package var type: FileType
  /// Permission bits; without meaning for a link.
  package var mode: FileMode
  package var owner: Account
  package var group: Account
  /// In bytes; nil for what is not a regular file.
  package var size: Int?
  /// What a symbolic link says, as it says it; nil for what is no link.
  package var target: String?
  /// Where a symbolic link leads in the end, which is not compared; nil where it leads nowhere.
  package var resolved: HostPath?
  /// nil in a prediction.
  package var trace: Trace?

  package init(
    _ type: FileType, mode: FileMode, owner: Account, group: Account, size: Int? = nil,
    target: String? = nil, resolved: HostPath? = nil, trace: Trace? = nil
  ) {
    self.type = type
    self.mode = mode
    self.owner = owner
    self.group = group
    self.size = size
    self.target = target
    self.resolved = resolved
    self.trace = trace
  }

  package static func == (left: FileFact, right: FileFact) -> Bool {
    left.type == right.type && left.owner == right.owner && left.group == right.group
      && left.size == right.size && left.target == right.target
      && (left.type == .link || left.mode == right.mode)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(type)
    hasher.combine(size)
    hasher.combine(target)
  }

  /// What is true of a file at one moment.
  package struct Trace: Sendable, Hashable {
    package var device: Int
    package var inode: Int
    package var linkCount: Int
    /// In bytes, for every type.
    package var size: Int
    package var accessed: FileTime
    package var modified: FileTime
    /// When content or attributes were last changed (ctime).
    package var changed: FileTime
  }

  /// Whether something can lie below it.
  package var mayHoldFiles: Bool { type == .directory || type == .link }

  /// Why nothing can be at a path of which a component is a file.
  package static let notADirectory = "a component of the path is not a directory"
}

/// A user or group as far as it is known: what stat(1) prints, or what a task wishes.
package struct Account: Sendable, CustomStringConvertible {
  /// nil where the number has no name, or only the number is known.
  package var name: String?
  package var id: Int?

  package init(name: String?, id: Int?) {
    self.name = name
    self.id = id
  }

  /// From a name or a decimal number.
  package init(_ text: String) {
    if let id = Int(text), id >= 0 {
      self.init(name: nil, id: id)
    } else {
      self.init(name: text, id: nil)
    }
  }

  package static let root = Account(name: "root", id: 0)

  /// As chown(1) takes it; numbers are surer than names.
  package var argument: String { id.map(String.init) ?? name ?? "" }

  package var description: String { name ?? id.map(String.init) ?? "" }
}

extension Account: Hashable {
  /// The same account as far as both are known.
  package static func == (left: Account, right: Account) -> Bool {
    if let leftID = left.id, let rightID = right.id { return leftID == rightID }
    return left.name != nil && left.name == right.name
  }

  package func hash(into hasher: inout Hasher) {}
}

/// A time of a file.
package struct FileTime: Sendable, Hashable {
  /// Since 1970, in UTC.
  package var seconds: Int
  /// 0 to 999,999,999.
  package var nanoseconds: Int
  /// The host's local time to the second: `2026-01-31 15:30:00`.
  package var local: String

  /// As a number of seconds with a fraction.
  package var value: Double { Double(seconds) + Double(nanoseconds) / 1e9 }
}
