import ModuleKit
import Schema

/// What find(1) finds below a folder; each want is a `FindQuery`.
package struct FindFact: Fact {
  package static let kind = "find"
  package static let keysArePaths = true
  package static let reach = FactReach.tree

  /// By want.
  package var listings: [String: Listing]

  package init(listings: [String: Listing] = [:]) { self.listings = listings }

  /// The answer to one query.
  package struct Listing: Sendable, Hashable {
    /// Things below the folder down to the wished depth, whether they were asked for or not.
    package var examined = 0
    /// The host's clock when they were looked at, in seconds since 1970.
    package var now = 0
    package var entries: [Entry] = []
    /// What could not be looked into, with the host's words.
    package var skipped: [String: String] = [:]
  }

  /// One thing that was found.
  package struct Entry: Sendable, Hashable {
    /// As find(1) prints it: absolute.
    package var path: String
    package var file: FileFact
    /// nil where none was wanted, and for what is no file.
    package var digest: String?
  }

  /// Times of day go by: two listings are the same that name the same things.
  package static func == (left: FindFact, right: FindFact) -> Bool {
    left.listings.mapValues(\.entries) == right.listings.mapValues(\.entries)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(listings.count) }

  /// One find(1) for each folder and want, and one more to count.
  package static func probe(_ requests: [FactRequest]) -> Script {
    var lines: [Script] = []
    for request in requests {
      for want in request.wants.sorted() {
        guard let query = FindQuery(want: want) else { continue }
        lines.append(
          """
          put begin \(request.key.name) \(want) "$(date +%s)"
          if [ -d \(request.key.name) ]; then
          \(query.script(request.key.name))
          elif [ -e \(request.key.name) ]; then put 'not a folder'
          else put absent
          fi
          put end
          """)
      }
    }
    return Script(lines: lines + [":"])
  }

  package static func parse(_ reply: ProbeReply, for requests: [FactRequest]) -> [String:
    Reading<FindFact>]
  {
    var records = reply.records[...]
    var readings: [String: Reading<FindFact>] = [:]
    let complaints = complaints(of: "find", in: reply.errors)
    while let tag = text(records.popFirst()), tag == "begin" {
      guard let name = text(records.popFirst()), let want = text(records.popFirst()),
        let now = text(records.popFirst()).flatMap({ Int($0) }),
        let first = text(records.popFirst())
      else { return readings }
      if first == "absent" || first == "not a folder" {
        readings[name] = first == "absent" ? .absent : .unreadable("not a folder")
        _ = records.popFirst()
        continue
      }
      var listing = Listing(examined: Int(first.trimmed) ?? 0, now: now)
      guard let entries = entries(&records) else {
        readings[name] = .unreadable("find(1) found more than can be told: narrow it down")
        return readings
      }
      listing.entries = entries
      listing.skipped = skipped(complaints, below: name)
      var fact = FindFact()
      if case .present(let known) = readings[name] { fact = known }
      fact.listings[want] = listing
      readings[name] = .present(fact)
    }
    return readings
  }

  /// Batches up to the end mark; nil when it is missing.
  private static func entries(_ records: inout ArraySlice<ArraySlice<UInt8>>) -> [Entry]? {
    var entries: [Entry] = []
    while let record = records.popFirst() {
      if record.elementsEqual("end".utf8) { return entries }
      var listing = NamedRecords(record)
      while let name = records.popFirst(), !name.isEmpty {
        guard let digest = text(records.popFirst()) else { return nil }
        let path = String(decoding: name, as: UTF8.self)
        guard let fields = listing.next(endingWith: path), let file = FileFact(fields: fields)
        else { continue }
        entries.append(Entry(path: path, file: file, digest: digest == "-" ? nil : digest))
      }
    }
    return nil
  }

  private static func text(_ record: ArraySlice<UInt8>?) -> String? {
    record.map { String(decoding: $0, as: UTF8.self) }
  }

  /// `find: '/a/b': Permission denied`, by path.
  private static func skipped(_ complaints: [String], below folder: String) -> [String: String] {
    var skipped: [String: String] = [:]
    for complaint in complaints {
      guard let colon = complaint.firstRange(of: ": ") else { continue }
      var path = complaint[..<colon.lowerBound]
      if path.first == "'", path.last == "'", path.count > 1 { path = path.dropFirst().dropLast() }
      guard path.hasPrefix(folder) else { continue }
      skipped[String(path)] = String(complaint[colon.upperBound...])
    }
    return skipped
  }
}
