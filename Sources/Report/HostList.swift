/// Names of hosts in few words: `node[01:47], db1, db2`, as an inventory writes ranges.
package enum HostList {
  /// A name around its running number.
  private struct Series: Hashable {
    let head: String
    let tail: String
    /// Digits of a number that may have leading zeros; 0 for numbers as they are.
    let width: Int
  }

  /// How many pieces are shown before the rest is only counted.
  private static let mostPieces = 12

  /// The names, those that count up joined to ranges.
  package static func text(_ names: [String]) -> String {
    let pieces = pieces(of: names)
    guard pieces.count > mostPieces else { return pieces.joined(separator: ", ") }
    let shown = pieces.prefix(mostPieces - 1).joined(separator: ", ")
    return "\(shown) and \(pieces.count - mostPieces + 1) more"
  }

  /// `1 host`, `47 hosts`.
  package static func count(_ count: Int) -> String { count == 1 ? "1 host" : "\(count) hosts" }

  static func pieces(of names: [String]) -> [String] {
    let parsed = names.map(parse)
    var members: [Series: [(number: Int, name: String)]] = [:]
    let padded = Set(
      parsed.compactMap { $0 }.filter { $0.digits.first == "0" && $0.digits.count > 1 }
        .map { Series(head: $0.head, tail: $0.tail, width: $0.digits.count) })
    func series(_ name: Parsed) -> Series {
      let exact = Series(head: name.head, tail: name.tail, width: name.digits.count)
      return padded.contains(exact) ? exact : Series(head: name.head, tail: name.tail, width: 0)
    }
    for (name, parts) in zip(names, parsed) {
      guard let parts, let number = Int(parts.digits) else { continue }
      members[series(parts), default: []].append((number, name))
    }
    var pieces: [String] = []
    var done: Set<Series> = []
    for (name, parts) in zip(names, parsed) {
      guard let parts, Int(parts.digits) != nil else {
        pieces.append(name)
        continue
      }
      let key = series(parts)
      guard done.insert(key).inserted else { continue }
      pieces += runs(key, members[key] ?? [])
    }
    return pieces
  }

  private static func runs(_ key: Series, _ members: [(number: Int, name: String)]) -> [String] {
    let sorted = members.sorted { $0.number < $1.number }
    var pieces: [String] = []
    var start = 0
    while start < sorted.count {
      var end = start
      while end + 1 < sorted.count, sorted[end + 1].number == sorted[end].number + 1 { end += 1 }
      if end - start >= 2 {
        let first = padded(sorted[start].number, key.width)
        let last = padded(sorted[end].number, key.width)
        pieces.append("\(key.head)[\(first):\(last)]\(key.tail)")
      } else {
        pieces += sorted[start...end].map(\.name)
      }
      start = end + 1
    }
    return pieces
  }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private typealias Parsed = (head: String, digits: String, tail: String)

  /// The last number of the first label, or of an address its last part; nil where there is none.
  private static func parse(_ name: String) -> Parsed? {
    let isAddress = name.utf8.allSatisfy { $0 == 0x2E || (0x30...0x39).contains($0) }
    let label = isAddress ? name[...] : name.prefix { $0 != "." }
    guard let last = label.lastIndex(where: isDigit) else { return nil }
    var first = last
    while first > label.startIndex, isDigit(label[label.index(before: first)]) {
      first = label.index(before: first)
    }
    let end = label.index(after: last)
    return (String(name[..<first]), String(name[first..<end]), String(name[end...]))
  }

  private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }
}
