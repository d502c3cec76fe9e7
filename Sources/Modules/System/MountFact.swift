import ModuleKit

/// What is mounted at a path.
///
/// Keys are mount points as the kernel spells them (no symbolic links, no slash at the end);
/// never absent: nothing may be mounted there.
package struct MountFact: Fact {
  package static let kind = "mount"

  /// The topmost mount at the path.
  package struct Mount: Sendable, Hashable {
    package var source: String
    package var fileSystem: String
    /// Per mount and per file system together (proc_pid_mountinfo(5)), each once.
    package var options: Set<String>
    /// The path within the file system; `/` unless it is a bind mount.
    package var root: String
    /// `8:1`.
    package var device: String
  }

  /// Equal when what a task can wish for is equal: devices get their numbers, file systems show their defaults.
  package static func == (left: MountFact, right: MountFact) -> Bool {
    guard let mine = left.mount, let theirs = right.mount else {
      return left.mount == nil && right.mount == nil
        && (left.folder == .missing) == (right.folder == .missing)
    }
    return mine.fileSystem == theirs.fileSystem
      && MountOptions.flags(of: mine.options) == MountOptions.flags(of: theirs.options)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(mount?.fileSystem) }

  /// What is in the folder that is mounted on, or would be.
  package enum Folder: String, Sendable, Hashable {
    case missing, empty, filled, notFolder, unreadable
  }

  package var mount: Mount?
  /// The folder at the path as one sees it now; of the mounted file system when there is one.
  package var folder: Folder

  package static func probe(_ requests: [FactRequest]) -> Script {
    let paths = requests.map(\.key.name)
    return """
      for p in \(words: paths); do
        if [ ! -e "$p" ]; then s=missing; elif [ ! -d "$p" ]; then s=notFolder
        elif [ ! -r "$p" ]; then s=unreadable
        else
          s=empty
          for f in "$p"/* "$p"/.[!.]* "$p"/..?*; do [ -e "$f" ] || [ -L "$f" ] && { s=filled; break; }; done
        fi
        printf '%s\\n' "$s"
      done
      grep -F \(words: paths.flatMap { ["-e", " \(MountTable.escaped($0)) "] }) /proc/self/mountinfo
      [ $? -lt 2 ]
      """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<MountFact>] {
    guard reply.status == 0, reply.lines.count >= requests.count else {
      let said = String(decoding: reply.errors, as: UTF8.self)
      return Dictionary(requests.map { ($0.key.name, .unreadable(said)) }) { first, _ in first }
    }
    var mounts: [String: Mount] = [:]
    for line in reply.lines.dropFirst(requests.count) {
      guard let (path, mount) = MountTable.mount(line) else { continue }
      mounts[path] = mount
    }
    var readings: [String: Reading<MountFact>] = [:]
    for (request, folder) in zip(requests, reply.lines) {
      readings[request.key.name] = .present(
        MountFact(
          mount: mounts[request.key.name], folder: Folder(rawValue: String(folder)) ?? .unreadable))
    }
    return readings
  }
}

/// The lines of `/proc/self/mountinfo` and `fstab`, where blanks in paths are octal.
enum MountTable {
  /// A path as both tables spell it: blank, tab, line end and backslash as `\040`, `\011`, `\012`, `\134`.
  static func escaped(_ path: String) -> String {
    var text = ""
    for character in path {
      switch character {
      case " ": text += "\\040"
      case "\t": text += "\\011"
      case "\n": text += "\\012"
      case "\\": text += "\\134"
      default: text.append(character)
      }
    }
    return text
  }

  /// A path as it is.
  static func unescaped(_ field: some StringProtocol) -> String {
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = String(decoding: rest.prefix(3), as: UTF8.self)
      if byte == UInt8(ascii: "\\"), digits.utf8.count == 3, let code = UInt8(digits, radix: 8) {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A line of mountinfo; nil when it is none.
  static func mount(_ line: some StringProtocol) -> (path: String, mount: MountFact.Mount)? {
    let fields = line.split(separator: " ")
    guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count >= dash + 4 else {
      return nil
    }
    let options = fields[5].split(separator: ",") + fields[dash + 3].split(separator: ",")
    let mount = MountFact.Mount(
      source: unescaped(fields[dash + 2]), fileSystem: String(fields[dash + 1]),
      options: Set(options.map { String($0) }), root: unescaped(fields[3]),
      device: String(fields[2]))
    return (unescaped(fields[4]), mount)
  }
}
