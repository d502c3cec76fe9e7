import ModuleKit
import Schema

extension ContentFact {
  /// One stat(1) and one sha256sum(1) for all paths; a base64(1) for each file whose bytes come back.
  ///
  /// Output has a cap: what is needed comes before what is only shown.
  package static func probe(_ requests: [FactRequest]) -> Script {
    let names = requests.map(\.key.name)
    var lines: [Script] = [functions, "look_at \(words: names)"]
    let urgentFirst =
      requests.filter { $0.wants.contains("content") }
      + requests.filter { !$0.wants.contains("content") }
    for request in urgentFirst {
      let known = request.wants.compactMap { want in
        want.hasPrefix("unless:") ? String(want.dropFirst("unless:".count)) : nil
      }
      if request.wants.contains("content") {
        lines.append("send \(request.key.name) \(sizeLimit)")
      } else if !known.isEmpty {
        lines.append("send \(request.key.name) \(differenceLimit) \(words: known.sorted())")
      }
      for tool in tools(request) { lines.append("digest \(tool) \(request.key.name)") }
    }
    lines.append(":")
    return Script(lines: lines)
  }

  /// `send PATH LIMIT [SHA256...]` prints a file unless it is larger, or has one of the digests.
  private static let functions: Script = """
    look_at() {
      stat -L -c '%f|%s|%n' -- "$@"
      put ''
      count=$#
      while [ "$count" -gt 0 ]; do
        if [ -f "$1" ]; then set -- "$@" "$1"; fi
        shift
        count=$((count - 1))
      done
      sums=
      if [ "$#" -gt 0 ]; then sums=$(sha256sum -- "$@"); fi
      put "$sums
    "
    }
    send() {
      path=$1
      limit=$2
      shift 2
      if [ ! -f "$path" ] || [ ! -r "$path" ]; then return; fi
      for sum; do
        case $sums in *"$sum  $path"*) return ;; esac
      done
      if [ "$(stat -L -c %s -- "$path")" -gt "$limit" ]; then return; fi
      printf 'content\\0'
      put "$path"
      base64 <"$path"
      put ''
    }
    digest() {
      if [ ! -f "$2" ]; then return; fi
      sum=$("$1" <"$2") || return
      put "$1" "$2" "${sum%% *}"
    }
    """

  private static func tools(_ request: FactRequest) -> [String] {
    request.wants.compactMap { want in
      want.hasPrefix("digest:") ? String(want.dropFirst("digest:".count)) : nil
    }.sorted()
  }

  package static func parse(_ reply: ProbeReply, for requests: [FactRequest]) -> [String:
    Reading<ContentFact>]
  {
    let sections = reply.records
    guard sections.count >= 2 else { return [:] }
    let extras = Extras(sections.dropFirst(2))
    let sums = Digests(sections[1])
    var files = NamedRecords(sections[0])
    let missing = complaints(of: "stat", in: reply.errors)
    let unreadable = complaints(of: "sha256sum", in: reply.errors)
    var readings: [String: Reading<ContentFact>] = [:]
    var absent: [String] = []
    for request in requests {
      let name = request.key.name
      guard let fields = files.next(endingWith: name) else {
        absent.append(name)
        continue
      }
      guard fields.count == 2, let raw = fields[0].hexadecimal, raw & 0o170000 == 0o100000,
        let size = fields[1].decimal
      else {
        readings[name] = .unreadable(notRegular)
        continue
      }
      if let blob = extras.contents[name] {
        var fact = ContentFact(blob)
        fact.digests = extras.digests[name] ?? [:]
        readings[name] = .present(fact)
      } else if let sum = sums[name] {
        readings[name] = .present(
          ContentFact(size: size, sha256: sum, digests: extras.digests[name] ?? [:]))
      } else {
        let said = unreadable.first { $0.contains(name) } ?? unreadable.first
        readings[name] = .unreadable(said ?? "it changed while it was read")
      }
    }
    for (index, name) in absent.enumerated() {
      let message = missing.count == absent.count ? missing[index] : missing.first
      readings[name] = absence(message)
    }
    return readings
  }

  private static func absence(_ message: String?) -> Reading<ContentFact> {
    guard let message else { return .unreadable("it changed while it was read") }
    if message.hasSuffix("No such file or directory") { return .absent }
    if message.hasSuffix("Not a directory") { return .unreadable(FileFact.notADirectory) }
    return .unreadable(message)
  }

  /// Records after the digests: contents, and digests of other tools.
  private struct Extras {
    private(set) var contents: [String: Blob] = [:]
    private(set) var digests: [String: [String: String]] = [:]

    init(_ records: ArraySlice<ArraySlice<UInt8>>) {
      let records = Array(records)
      for start in stride(from: 0, to: records.count - 2, by: 3) {
        let tag = String(decoding: records[start], as: UTF8.self)
        let name = String(decoding: records[start + 1], as: UTF8.self)
        if tag == "content" {
          contents[name] = base64Decoded(records[start + 2]).map { Blob($0) }
        } else {
          digests[name, default: [:]][tag] = String(decoding: records[start + 2], as: UTF8.self)
        }
      }
    }
  }

  /// The lines of sha256sum(1), by name.
  ///
  /// GNU writes a backslash before a line in which the name is escaped.
  private struct Digests {
    private var sums: [String: String] = [:]
    private let raw: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
      raw = bytes
      for line in bytes.pieces(at: UInt8(ascii: "\n")) {
        let isEscaped = line.first == UInt8(ascii: "\\")
        let entry = isEscaped ? line.dropFirst() : line
        guard entry.count > 66 else { continue }
        let name = String(decoding: entry.dropFirst(66), as: UTF8.self)
        sums[isEscaped ? Self.unescaped(name) : name] = Self.sum(entry.prefix(64))
      }
    }

    subscript(name: String) -> String? {
      if let sum = sums[name] { return sum }
      guard name.contains("\n") else { return nil }
      return raw.startIndex(of: Array("  \(name)\n".utf8)).flatMap { end in
        let sum = raw[..<end].suffix(64)
        return sum.count == 64 ? Self.sum(sum) : nil
      }
    }

    private static func sum(_ bytes: ArraySlice<UInt8>) -> String {
      String(decoding: bytes, as: UTF8.self)
    }

    private static func unescaped(_ name: String) -> String {
      var text = ""
      var isEscape = false
      for character in name {
        if isEscape {
          text.append(character == "n" ? "\n" : character == "r" ? "\r" : character)
          isEscape = false
        } else if character == "\\" {
          isEscape = true
        } else {
          text.append(character)
        }
      }
      return text
    }
  }
}
