import ModuleKit

/// Lines of `field|field|...|NAME` in the order of known names; a name may itself span lines, and lines may be missing.
struct NamedRecords {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// The fields of the next line if it is about that name; nil, and nothing consumed, when it is about another.
  mutating func next(endingWith name: String) -> [ArraySlice<UInt8>]? {
    let name = Array(name.utf8)
    guard let lineEnd = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    guard let bar = rest[..<lineEnd].lastIndex(of: UInt8(ascii: "|"), before: name) else {
      return nil
    }
    let nameEnd = bar + 1 + name.count
    guard nameEnd < rest.endIndex, rest[(bar + 1)..<nameEnd].elementsEqual(name),
      rest[nameEnd] == UInt8(ascii: "\n")
    else { return nil }
    let fields = rest[..<bar].pieces(at: UInt8(ascii: "|"))
    rest = rest[(nameEnd + 1)...]
    return fields
  }
}

extension ArraySlice<UInt8> {
  /// The last separator of a line after which its name can begin: names hold separators too.
  fileprivate func lastIndex(of separator: UInt8, before name: [UInt8]) -> Int? {
    let firstLine = name.firstIndex(of: UInt8(ascii: "\n")) ?? name.count
    let index = endIndex - firstLine - 1
    guard index >= startIndex, self[index] == separator else { return nil }
    return index
  }
}

/// What a tool complained about on standard error, a text for each complaint: `stat: cannot stat ...`.
func complaints(of tool: String, in errors: [UInt8]) -> [String] {
  guard !errors.isEmpty else { return [] }
  let start = Array("\(tool): ".utf8)
  var found: [[UInt8]] = []
  for line in errors[...].pieces(at: UInt8(ascii: "\n")) where !line.isEmpty {
    if line.starts(with: start) {
      found.append(Array(line.dropFirst(start.count)))
    } else if !found.isEmpty {
      found[found.count - 1] += [UInt8(ascii: "\n")] + line
    }
  }
  return found.map { String(decoding: $0, as: UTF8.self) }
}
