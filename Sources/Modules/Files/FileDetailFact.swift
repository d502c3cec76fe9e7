import ModuleKit
import Schema

/// What `stat` tells beyond what tasks wish for: blocks, device numbers, attributes, the type of content.
///
/// Wants: `attributes` asks lsattr(1), `mime` asks file(1); both may be missing on a host, which then tells nothing.
package struct FileDetailFact: Fact {
  package static let kind = "file-detail"
  package static let keysArePaths = true

  /// Of 512 bytes.
  package var blocks: Int
  /// What input and output is best done in, in bytes.
  package var blockSize: Int
  /// The number of the device that a device file is; 0 for others.
  package var device: Int
  /// The letters of lsattr(1); nil where they were not wanted, or cannot be told.
  package var flags: String?
  /// The file's version, as lsattr(1) has it.
  package var version: String?
  /// As file(1) has it: `text/plain; charset=us-ascii`.
  package var mime: String?
  /// Those of `r`, `w` and `x` that access(2) grants; through a symbolic link, what it grants of its target.
  package var access = ""

  /// One stat(1) for all paths; lsattr(1) and file(1) for each that they are wanted of.
  package static func probe(_ requests: [FactRequest]) -> Script {
    var lines: [Script] = [functions, "blocks_of \(words: requests.map(\.key.name))"]
    for request in requests {
      lines.append("access \(request.key.name)")
      for want in request.wants.sorted() where want == "attributes" || want == "mime" {
        lines.append("detail \(want) \(request.key.name)")
      }
    }
    return Script(lines: lines + [":"])
  }

  private static let functions: Script = """
    blocks_of() {
      stat -c '%b|%B|%o|%t|%T|%n' -- "$@" 2>/dev/null
      put ''
    }
    access() {
      said=
      if [ -r "$1" ]; then said=r; fi
      if [ -w "$1" ]; then said=${said}w; fi
      if [ -x "$1" ]; then said=${said}x; fi
      put access "$1" "$said"
    }
    detail() {
      case $1 in
        attributes) said=$(lsattr -vd -- "$2" 2>/dev/null) || return ;;
        *) said=$(file -b --mime -- "$2" 2>/dev/null) || return ;;
      esac
      put "$1" "$2" "$said"
    }
    """

  package static func parse(_ reply: ProbeReply, for requests: [FactRequest]) -> [String:
    Reading<FileDetailFact>]
  {
    guard let first = reply.records.first else { return [:] }
    let texts = reply.records.dropFirst().map { String(decoding: $0, as: UTF8.self) }
    var said: [String: [String: String]] = [:]
    for start in stride(from: 0, to: texts.count - 2, by: 3) {
      said[texts[start + 1], default: [:]][texts[start]] = texts[start + 2]
    }
    var listing = NamedRecords(first)
    var readings: [String: Reading<FileDetailFact>] = [:]
    for request in requests {
      let name = request.key.name
      guard let fields = listing.next(endingWith: name), fields.count == 5,
        let count = fields[0].decimal, let unit = fields[1].decimal,
        let size = fields[2].decimal, let major = fields[3].hexadecimal,
        let minor = fields[4].hexadecimal
      else {
        readings[name] = .absent
        continue
      }
      var fact = FileDetailFact(
        blocks: count * unit / 512, blockSize: size, device: deviceNumber(major, minor))
      let words = said[name]?["attributes"]?.words ?? []
      if words.count >= 2 {
        fact.version = String(words[0])
        fact.flags = String(words[1].filter { $0 != "-" })
      }
      fact.mime = said[name]?["mime"]
      fact.access = said[name]?["access"] ?? ""
      readings[name] = .present(fact)
    }
    return readings
  }

  /// `makedev` of Linux, with 32 bits for the minor number.
  private static func deviceNumber(_ major: Int, _ minor: Int) -> Int {
    (minor & 0xFF) | (major & 0xFFF) << 8 | (minor & ~0xFF) << 12 | (major & ~0xFFF) << 32
  }

  /// The attributes' names, as Ansible has them; see chattr(1).
  private static let names: [Character: String] = [
    "A": "noatime", "a": "append", "c": "compressed", "C": "nocow", "d": "nodump", "D": "dirsync",
    "e": "extents", "E": "encrypted", "h": "blocksize", "i": "immutable", "I": "indexed",
    "j": "journalled", "N": "inline", "s": "zero", "S": "synchronous", "t": "notail",
    "T": "blockroot", "u": "undelete", "X": "compressedraw", "Z": "compresseddirty",
  ]

  /// The keys of `stat`'s result.
  func entries(wantsMime: Bool, wantsAttributes: Bool) -> ValueMap {
    var stat: ValueMap = [
      "blocks": .int(blocks), "block_size": .int(blockSize), "device_type": .int(device),
      "readable": .bool(access.contains("r")), "writeable": .bool(access.contains("w")),
      "executable": .bool(access.contains("x")),
    ]
    if wantsMime {
      let parts = mime?.split(separator: ";").map { String($0.trimmed) } ?? []
      stat["mimetype"] = .string(parts.first ?? "unknown")
      let charset = parts.first { $0.hasPrefix("charset=") }?.dropFirst("charset=".count)
      stat["charset"] = .string(charset.map(String.init) ?? "unknown")
    }
    if wantsAttributes {
      stat["attr_flags"] = .string(flags ?? "")
      stat["attributes"] = .list(
        (flags ?? "").compactMap { Self.names[$0] }.map(Value.string))
      stat["version"] = version.map(Value.string) ?? .null
    }
    return stat
  }
}
