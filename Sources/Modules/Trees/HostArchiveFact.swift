import ModuleKit
import Schema

/// What an archive of the host holds, with the digest of each file: tar in whatever packing the host's tar(1) knows,
/// or zip.
///
/// Nothing is unpacked to the disk: each file goes through sha256sum(1).
package struct HostArchiveFact: Fact {
  package static let kind = "archive"
  package static let keysArePaths = true

  package var isZip: Bool
  package var members: [Member]

  /// One member.
  package struct Member: Sendable, Hashable {
    /// As the archive has it: `./a/b/`.
    package var name: String
    package var type: FileFact.FileType
    package var mode: FileMode
    /// nil where the archive does not say.
    package var owner: Int?
    package var group: Int?
    package var size: Int
    /// nil for what is no file.
    package var sha256: String?
    /// What a link says, or for a hard link the member that it is another name of; nil for what is none.
    package var target: String?
  }

  package init(isZip: Bool, members: [Member]) {
    self.isZip = isZip
    self.members = members
  }

  /// For each path: the listing of tar(1) or zipinfo(1), then names and digests.
  package static func probe(_ requests: [FactRequest]) -> Script {
    Script(
      lines: [unpacking, functions]
        + requests.map { request in
          """
          put begin \(request.key.name)
          look_into \(request.key.name)
          put end
          """
        })
  }

  /// `unpacked PATH` prints an archive as plain tar, by the tool that its first bytes name.
  static let unpacking: Script = """
    unpacked() {
      case $(head -c 4 "$1" | od -An -tx1 | tr -d ' ') in
        1f8b*) gzip -dc <"$1" ;;
        425a68*) bzip2 -dc <"$1" ;;
        fd377a58) xz -dc <"$1" ;;
        28b52ffd) zstd -dc <"$1" ;;
        *) cat <"$1" ;;
      esac
    }
    """

  /// The command for each member gets its content on standard input, and its name from the environment or as `$1`.
  private static let functions: Script = """
    look_into() {
      if [ ! -e "$1" ]; then put absent; return; fi
      if [ ! -f "$1" ] || [ ! -r "$1" ]; then put 'unreadable: not a file that can be read'; return; fi
      case $(head -c 4 "$1" | od -An -tx1 | tr -d ' ') in
        504b0304|504b0506) look_into_zip "$1" ;;
        *) look_into_tar "$1" ;;
      esac
    }
    look_into_tar() {
      if ! command -v tar >/dev/null; then put 'unreadable: the host has no tar(1)'; return; fi
      if ! listing=$({ unpacked "$1" | tar --numeric-owner -tvf -; } 2>&1); then put "unreadable: $listing"; return; fi
      put tar "$listing"
      unpacked "$1" | tar -xf - --to-command='sum=$(sha256sum) && printf "%s\\0%s\\0" "$TAR_FILENAME" "${sum%% *}"'
    }
    look_into_zip() {
      if ! listing=$(unzip -Z "$1" 2>&1); then
        put "unreadable: the host has no unzip(1) of Info-ZIP, or it says: $listing"
        return
      fi
      put zip "$listing"
      unzip -Z1 "$1" | while IFS= read -r name; do
        case $name in */) continue ;; esac
        pattern=$(printf '%s\\n' "$name" | sed 's/[][*?\\\\]/\\\\&/g')
        sum=$(unzip -p "$1" "$pattern" </dev/null | sha256sum) && put "$name" "${sum%% *}"
      done
    }
    """

  package static func parse(_ reply: ProbeReply, for requests: [FactRequest]) -> [String:
    Reading<HostArchiveFact>]
  {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<HostArchiveFact>] = [:]
    while records.popFirst() == "begin", let name = records.popFirst(),
      let kind = records.popFirst()
    {
      if kind == "absent" || kind.hasPrefix("unreadable: ") {
        readings[name] =
          kind == "absent" ? .absent : .unreadable(String(kind.dropFirst("unreadable: ".count)))
        _ = records.popFirst()
        continue
      }
      guard let listing = records.popFirst() else { return readings }
      var sums: [String: String] = [:]
      while let member = records.popFirst(), member != "end", let sum = records.popFirst() {
        sums[bare(member)] = sum
      }
      readings[name] = reading(isZip: kind == "zip", listing, sums)
    }
    return readings
  }

  private static func reading(
    isZip: Bool, _ listing: String, _ sums: [String: String]
  ) -> Reading<HostArchiveFact> {
    var members: [Member] = []
    for line in listing.split(separator: "\n") {
      guard var member = isZip ? zipMember(line) : tarMember(line) else { continue }
      if member.type == .regular {
        let original = member.target.map(bare) ?? ""
        guard let sum = sums[bare(member.name)] ?? sums[original] else {
          return .unreadable("`\(member.name)` in it could not be read")
        }
        member.sha256 = sum
      }
      members.append(member)
    }
    return .present(HostArchiveFact(isZip: isZip, members: members))
  }

  /// GNU tar prints `./a` and sets `TAR_FILENAME` alike; slashes at the front go in one of them only.
  private static func bare(_ name: String) -> String {
    name.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
  }

  /// `-rw-r--r-- 0/0    12 2026-01-31 15:30 name`, of busybox with seconds; links say ` -> target`.
  private static func tarMember(_ line: Substring) -> Member? {
    let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
    guard fields.count == 6, let type = type(fields[0].first),
      let mode = mode(fields[0].dropFirst()),
      let size = Int(fields[2])
    else { return nil }
    let numbers = fields[1].split(separator: "/").map { Int($0) }
    var member = Member(
      name: String(fields[5]), type: type, mode: mode, owner: numbers.first ?? nil,
      group: numbers.last ?? nil, size: size)
    let mark = type == .link ? " -> " : fields[0].first == "h" ? " link to " : nil
    if let mark, let place = member.name.firstRange(of: mark) {
      member.target = String(member.name[place.upperBound...])
      member.name = String(member.name[..<place.lowerBound])
    }
    return member
  }

  /// `-rw-r--r--  3.0 unx       12 tx defN 26-Jan-31 15:30 name`; see zipinfo(1).
  private static func zipMember(_ line: Substring) -> Member? {
    let fields = line.split(separator: " ", maxSplits: 8, omittingEmptySubsequences: true)
    guard fields.count == 9, let size = Int(fields[3]), fields[6].contains("-") else { return nil }
    let name = String(fields[8])
    let isUnix = fields[2] == "unx"
    guard let mode = isUnix ? mode(fields[0].dropFirst()) : FileMode(bits: 0o644) else {
      return nil
    }
    let letter = isUnix ? fields[0].first : name.hasSuffix("/") ? "d" : "-"
    guard let type = type(letter), type != .link else { return nil }
    return Member(name: name, type: type, mode: mode, size: size)
  }

  private static func type(_ letter: Character?) -> FileFact.FileType? {
    switch letter {
    case "-", "h": .regular
    case "d": .directory
    case "l": .link
    default: nil
    }
  }

  /// The bits of `rwsr-x--t`.
  private static func mode(_ letters: Substring) -> FileMode? {
    let letters = Array(letters.prefix(9))
    guard letters.count == 9 else { return nil }
    var bits: UInt16 = 0
    for (index, letter) in letters.enumerated() {
      let bit = UInt16(1) << UInt16(8 - index)
      switch letter {
      case "r", "w", "x": bits |= bit
      case "s", "t": bits |= bit | special(index)
      case "S", "T": bits |= special(index)
      case "-": break
      default: return nil
      }
    }
    return FileMode(bits: bits)
  }

  private static func special(_ index: Int) -> UInt16 {
    index == 2 ? 0o4000 : index == 5 ? 0o2000 : 0o1000
  }
}
