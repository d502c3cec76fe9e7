import ModuleKit
import Schema

/// Where the content of a tree comes from, and how it gets to its place.
enum TreeCarrier: Sendable {
  /// It travels with the step, packed by tar.
  case controller
  /// It is in an archive of the host; `identity` is its size and time, and `strip` the leading parts of names that go.
  case host(archive: HostPath, identity: String, isZip: Bool, strip: Int)

  /// The steps that write what differs; folders first, each file under another name and then renamed.
  func steps(
    writing differences: [TreeDifference], below root: HostPath, setsTimes: Bool
  ) -> [Step] {
    let written = differences.filter(\.isWritten)
    let folders = written.filter { $0.item.kind == .folder }
    let others = written.filter { $0.item.kind != .folder }
    var steps: [Step] = []
    if !folders.isEmpty { steps.append(TreeCarrier.foldersStep(folders, root)) }
    if !others.isEmpty {
      switch self {
      case .controller: steps.append(TreeCarrier.sending(others, root, setsTimes))
      case .host(let archive, let identity, let isZip, let strip):
        steps.append(
          TreeCarrier.unpacking(
            others, root, from: archive, identity, isZip: isZip, strip: strip))
      }
    }
    // An archive of the host may know other owners and modes than those that are wished.
    var changed = differences.filter { !$0.isWritten }
    if case .host = self { changed += others.filter { $0.item.kind != .folder } }
    return steps + TreeCarrier.attributeSteps(changed)
  }

  private static func footprint(_ differences: [TreeDifference]) -> Footprint {
    differences.reduce(.nothing) { $0.union($1.footprint) }
  }

  private static func member(_ difference: TreeDifference, _ kind: TarWriter.Member.Kind)
    -> TarWriter.Member
  {
    TarWriter.Member(
      path: difference.item.path, kind: kind, attributes: difference.attributes,
      modified: difference.item.modified ?? 0)
  }

  // MARK: - Folders

  private static func foldersStep(_ folders: [TreeDifference], _ root: HostPath) -> Step {
    var tar = TarWriter()
    for folder in folders { tar.add(member(folder, .folder)) }
    tar.finish()
    return Step(
      folders.count == 1
        ? "make folder \(folders[0].path)" : "make \(folders.count) folders below \(root)",
      "\(needsTar)\ntar -x -p -m -f - -C \(root.string)", input: Blob(tar.bytes),
      preconditions: [
        Precondition("[ -d \(root.string) ]", failure: "`\(root)` is not there any more")
      ], footprint: footprint(folders))
  }

  private static let needsTar: Script = """
    command -v tar >/dev/null || { echo 'the host has no tar(1), which puts many files into place' >&2; exit 1; }
    """

  // MARK: - Files and links

  /// What must still be there when files are replaced.
  private static func unchanged(_ differences: [TreeDifference]) -> [Precondition] {
    let lines = differences.compactMap { difference in
      difference.digest.map { "\($0)  \(difference.path)" }
    }.filter { !$0.contains("\n") && !$0.contains("\\") }
    guard !lines.isEmpty else { return [] }
    return [
      Precondition(
        "printf '%s\\n' \(words: lines) | sha256sum -c >/dev/null 2>&1",
        failure: "a file that is to be replaced changed since it was read")
    ]
  }

  /// Renames files of `$temp` to their places below the folder that is the first argument.
  private static let each: Script = """
    root=$1
    shift
    for file do
      mv -fT -- "$file" "$root/$file" || exit
      if [ -e /sys/fs/selinux/enforce ] && command -v restorecon >/dev/null; then restorecon -- "$root/$file"; fi
    done
    """

  private static func ending(_ root: HostPath) -> Script {
    """
    cd / && rm -rf -- "$temp"
    sync -f \(root.string) 2>/dev/null || sync
    """
  }

  private static func newFolder(_ root: HostPath) -> Script {
    """
    \(needsTar)
    temp=$(mktemp -d \(root.appending(".spile.XXXXXX").string)) || exit
    trap 'cd / && rm -rf -- "$temp"' EXIT
    trap 'exit 143' HUP INT TERM
    """
  }

  private static func label(_ differences: [TreeDifference], _ root: HostPath) -> String {
    differences.count == 1
      ? "write \(differences[0].path)" : "write \(differences.count) files below \(root)"
  }

  private static func sending(
    _ differences: [TreeDifference], _ root: HostPath, _ setsTimes: Bool
  ) -> Step {
    var tar = TarWriter()
    var isSecret = false
    for difference in differences {
      switch difference.item.kind {
      case .folder: continue
      case .link(let target): tar.add(member(difference, .link(target)))
      case .file(_, _, let blob):
        tar.add(member(difference, .file(blob?.bytes ?? [])))
        isSecret = isSecret || blob?.isSecret ?? false
      }
    }
    tar.finish()
    let times: Script = setsTimes ? "" : "-m"
    return Step(
      label(differences, root),
      """
      \(newFolder(root))
      tar -x -p \(times) -f - -C "$temp" || exit
      cd -- "$temp" && find . ! -type d -exec sh -c \(each.source) sh \(root.string) {} + || exit
      \(ending(root))
      """, input: Blob(tar.bytes, isSecret: isSecret), preconditions: unchanged(differences),
      footprint: footprint(differences), isSecret: isSecret)
  }

  private static func unpacking(
    _ differences: [TreeDifference], _ root: HostPath, from archive: HostPath, _ identity: String,
    isZip: Bool, strip: Int
  ) -> Step {
    let names: [UInt8] = differences.flatMap { difference -> [UInt8] in
      Array(difference.item.path.utf8) + [0]
    }
    let unpack: Script =
      isZip
      ? "unzip -q -o \(archive.string) -d \"$temp\" </dev/null || exit"
      : """
      \(HostArchiveFact.unpacking)
      unpacked \(archive.string) | tar -x -p -f - -C "$temp" --strip-components=\(strip) || exit
      """
    return Step(
      label(differences, root),
      """
      \(newFolder(root))
      \(unpack)
      cd -- "$temp" && xargs -0 sh -c \(each.source) sh \(root.string) || exit
      \(ending(root))
      """, input: Blob(names),
      preconditions: unchanged(differences) + [
        Precondition(
          "[ \"$(stat -L -c '%s %Y' \(archive.string))\" = \(identity) ]",
          failure: "`\(archive)` changed since it was read")
      ], footprint: footprint(differences))
  }

  // MARK: - Attributes

  /// One step for all that get the same mode and owner.
  private static func attributeSteps(_ differences: [TreeDifference]) -> [Step] {
    let groups = Dictionary(grouping: differences) { difference in
      difference.item.type == .link
        ? difference.attributes.ownerArgument
        : "\(difference.attributes.ownerArgument) \(difference.attributes.modeArgument)"
    }
    return groups.sorted { $0.key < $1.key }.compactMap { _, members in
      guard let first = members.first else { return nil }
      let mode: Script =
        first.item.type == .link ? ":" : "chmod \(first.attributes.modeArgument) -- \"$@\""
      let each: Script = "chown -h -- \(first.attributes.ownerArgument) \"$@\" && \(mode)"
      let paths: [UInt8] = members.flatMap { member -> [UInt8] in
        Array(member.path.string.utf8) + [0]
      }
      return Step(
        members.count == 1
          ? "set mode and owner of \(first.path)" : "set mode and owner of \(members.count) files",
        "xargs -0 sh -c \(each.source) sh", input: Blob(paths),
        footprint: Footprint(Set(members.map { .path($0.path.string) })))
    }
  }
}
