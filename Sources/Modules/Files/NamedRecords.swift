/// Lines of `field|field|...|NAME` in the order of known names; a name may itself span lines, and lines may be missing.
struct NamedRecords {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// The fields of the next line if it is about that name; nil, and nothing consumed, when it is about another.
  mutating func next(endingWith name: String) -> [Substring]? {
    let name = Array(name.utf8)
    var start = rest.startIndex
    guard let lineEnd = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    guard let bar = rest[start..<lineEnd].lastIndex(of: UInt8(ascii: "|"), before: name) else {
      return nil
    }
    let nameStart = bar + 1
    let nameEnd = nameStart + name.count
    guard nameEnd < rest.endIndex, rest[nameStart..<nameEnd].elementsEqual(name),
      rest[nameEnd] == UInt8(ascii: "\n")
    else { return nil }
    let fields = String(decoding: rest[start..<bar], as: UTF8.self)
    start = nameEnd + 1
    rest = rest[start...]
    return fields.split(separator: "|", omittingEmptySubsequences: false)
  }
}

extension ArraySlice<UInt8> {
  /// The last separator of a line after which its name can begin: names hold separators too.
  fileprivate func lastIndex(of separator: UInt8, before name: [UInt8]) -> Int? {
    let firstLine = name.prefix { $0 != UInt8(ascii: "\n") }
    let index = endIndex - firstLine.count - 1
    guard index >= startIndex, self[index] == separator else { return nil }
    return index
  }
}

/// What a tool complained about on standard error, a text for each complaint: `stat: cannot stat ...`.
func complaints(of tool: String, in errors: [UInt8]) -> [String] {
  var found: [String] = []
  for line in String(decoding: errors, as: UTF8.self).split(separator: "\n") {
    if line.hasPrefix("\(tool): ") {
      found.append(String(line.dropFirst(tool.count + 2)))
    } else if !found.isEmpty {
      found[found.count - 1] += "\n\(line)"
    }
  }
  return found
}
