/// The lines of a hosts(5) file as tasks edit them: comments, blanks and all other names stay as they are.
struct HostsLines {
  private(set) var lines: [String]

  init(_ lines: [String]) { self.lines = lines }

  /// A line with an address: its names, and what follows the first `#`.
  private struct Entry {
    let address: HostAddress
    var names: [String]
    let comment: Substring

    init?(_ line: String) {
      let hash = line.firstIndex(of: "#") ?? line.endIndex
      let words = line[..<hash].words
      guard let first = words.first, let address = HostAddress(first) else { return nil }
      self.address = address
      names = words.dropFirst().map(String.init)
      comment = line[hash...]
    }

    func has(_ name: String) -> Bool { names.contains { $0.lowercased() == name.lowercased() } }

    var text: String {
      "\(address) \(names.joined(separator: " "))" + (comment.isEmpty ? "" : " \(comment)")
    }
  }

  /// The address that a name has among those of one family: that of the first line with it, as resolvers read it.
  func address(of name: String, isIPv6: Bool) -> String? {
    lines.lazy.compactMap { Entry($0) }.first { $0.address.isIPv6 == isIPv6 && $0.has(name) }?
      .address.description
  }

  /// The names of an address.
  func names(of address: HostAddress) -> [String] {
    lines.compactMap { Entry($0) }.filter { $0.address == address }.flatMap(\.names)
  }

  /// Gives names an address: takes them from other addresses of the family, and adds what is missing to the first
  /// line of the address, else in a new line.
  mutating func set(_ names: [String], to address: HostAddress) {
    rewrite { entry in
      guard entry.address.isIPv6 == address.isIPv6, entry.address != address else { return }
      entry.names.removeAll { name in names.contains { $0.lowercased() == name.lowercased() } }
    }
    let known = self.names(of: address).map { $0.lowercased() }
    let missing = names.filter { !known.contains($0.lowercased()) }
    guard !missing.isEmpty else { return }
    if let index = lines.firstIndex(where: { Entry($0)?.address == address }),
      var entry = Entry(lines[index])
    {
      entry.names += missing
      lines[index] = entry.text
    } else {
      lines.append("\(address) \(missing.joined(separator: " "))")
    }
  }

  /// Takes names out, of one address or of all; without names, the address.
  mutating func remove(_ names: [String], of address: HostAddress?) {
    rewrite { entry in
      guard address == nil || entry.address == address else { return }
      entry.names.removeAll { name in
        names.isEmpty || names.contains { $0.lowercased() == name.lowercased() }
      }
    }
  }

  /// Changes entries; a line that has no names left goes.
  private mutating func rewrite(_ change: (inout Entry) -> Void) {
    lines = lines.compactMap { line in
      guard var entry = Entry(line) else { return line }
      let before = entry.names
      change(&entry)
      if entry.names == before { return line }
      return entry.names.isEmpty ? nil : entry.text
    }
  }
}
