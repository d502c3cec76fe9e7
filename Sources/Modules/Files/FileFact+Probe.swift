import ModuleKit
import Schema

extension FileFact {
  /// One stat(1) for all paths; a readlink(1) for each symbolic link.
  ///
  /// The format is that of GNU coreutils and of busybox alike; names come last, so that odd ones cannot be mistaken
  /// for fields.
  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    probe_files() {
      stat -c '%f|%u|%U|%g|%G|%s|%d|%i|%h|%X|%x|%Y|%y|%Z|%z|%n' -- "$@"
      put ''
      for path in "$@"; do
        if [ -L "$path" ]; then
          put "$path"
          readlink -n -- "$path"
          put ''
          readlink -f -n -- "$path"
          put ''
        fi
      done
    }
    probe_files \(words: requests.map(\.key.name))
    """
  }

  package static func parse(_ reply: ProbeReply, for requests: [FactRequest]) -> [String:
    Reading<FileFact>]
  {
    let sections = reply.records
    guard let listing = sections.first else { return [:] }
    let links = linkTargets(in: sections.dropFirst())
    var readings: [String: Reading<FileFact>] = [:]
    var missing: [String] = []
    var reader = NamedRecords(listing)
    for request in requests {
      let name = request.key.name
      guard let fields = reader.next(endingWith: name) else {
        missing.append(name)
        continue
      }
      guard var fact = FileFact(fields: fields) else {
        readings[name] = .unreadable("stat printed what cannot be understood")
        continue
      }
      fact.target = links[name]?.target
      fact.resolved = links[name]?.resolved
      readings[name] = .present(fact)
    }
    let messages = complaints(of: "stat", in: reply.errors)
    for (index, name) in missing.enumerated() {
      let message = messages.count == missing.count ? messages[index] : messages.first
      readings[name] = absence(message)
    }
    return readings
  }

  private static func linkTargets(in sections: ArraySlice<ArraySlice<UInt8>>)
    -> [String: (target: String, resolved: HostPath?)]
  {
    var links: [String: (target: String, resolved: HostPath?)] = [:]
    let texts = sections.map { String(decoding: $0, as: UTF8.self) }
    for start in stride(from: 0, to: texts.count - 2, by: 3) {
      links[texts[start]] = (texts[start + 1], HostPath(texts[start + 2]))
    }
    return links
  }

  /// What it means that there is no answer about a path, from what the tool said.
  private static func absence(_ message: String?) -> Reading<FileFact> {
    guard let message else { return .unreadable("it changed while it was read") }
    if message.hasSuffix("No such file or directory") { return .absent }
    if message.hasSuffix("Not a directory") { return .unreadable(notADirectory) }
    return .unreadable(message)
  }

  /// Fields in the order of the probe's format, without the name.
  init?(fields: [ArraySlice<UInt8>]) {
    guard fields.count == 15, let raw = fields[0].hexadecimal, let uid = fields[1].decimal,
      let gid = fields[3].decimal, let size = fields[5].decimal, let device = fields[6].decimal,
      let inode = fields[7].decimal, let links = fields[8].decimal,
      let accessed = FileTime(seconds: fields[9], local: fields[10]),
      let modified = FileTime(seconds: fields[11], local: fields[12]),
      let changed = FileTime(seconds: fields[13], local: fields[14]),
      let type = FileType(raw: raw)
    else { return nil }
    self.init(
      type, mode: FileMode(bits: UInt16(raw & 0o7777)),
      owner: Account(name: Account.name(fields[2]), id: uid),
      group: Account(name: Account.name(fields[4]), id: gid), size: type == .regular ? size : nil,
      trace: Trace(
        device: device, inode: inode, linkCount: links, size: size, accessed: accessed,
        modified: modified, changed: changed))
  }
}

extension FileFact.FileType {
  /// From `st_mode`; see inode(7).
  fileprivate init?(raw: Int) {
    switch raw & 0o170000 {
    case 0o100000: self = .regular
    case 0o040000: self = .directory
    case 0o120000: self = .link
    case 0o060000: self = .block
    case 0o020000: self = .character
    case 0o010000: self = .fifo
    case 0o140000: self = .socket
    default: return nil
    }
  }
}

extension Account {
  /// What stat(1) prints for a number without a name is no name.
  fileprivate static func name(_ field: ArraySlice<UInt8>) -> String? {
    let name = String(decoding: field, as: UTF8.self)
    return name == "UNKNOWN" ? nil : name
  }
}

extension FileTime {
  /// From `%X` and `%x` and their like: `1767225600` and `2026-01-01 01:00:00.123456789 +0100`.
  fileprivate init?(seconds: ArraySlice<UInt8>, local: ArraySlice<UInt8>) {
    let parts = local.pieces(at: UInt8(ascii: " "))
    guard let seconds = seconds.decimal, parts.count >= 2 else { return nil }
    let clock = parts[1].pieces(at: UInt8(ascii: "."))
    let date = local[..<clock[0].endIndex]
    self.init(
      seconds: seconds, nanoseconds: clock.count > 1 ? clock[1].prefix(9).decimal ?? 0 : 0,
      local: String(decoding: date, as: UTF8.self))
  }
}
