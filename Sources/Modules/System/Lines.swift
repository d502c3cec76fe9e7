extension StringProtocol {
  /// Without spaces, tabs and line ends at both sides.
  var trimmed: SubSequence {
    var rest = self[...]
    while let first = rest.first, first.isWhitespace { rest = rest.dropFirst() }
    while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
    return rest
  }

  /// The words between runs of blanks.
  var words: [SubSequence] { split(whereSeparator: \.isWhitespace) }

  /// What stands before and after the first occurrence of a character; nil where there is none.
  func halves(at separator: Character) -> (before: SubSequence, after: SubSequence)? {
    guard let index = firstIndex(of: separator) else { return nil }
    return (self[..<index], self[self.index(after: index)...])
  }

  /// The words joined by single blanks: how values with several numbers are compared.
  var singleSpaced: String { words.joined(separator: " ") }
}

extension String {
  /// The lines of a file's content, without their line ends; no empty one after the last line end.
  var fileLines: [String] {
    var lines = split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }
}

extension [String] {
  /// The content of a file with these lines.
  var fileContent: String { isEmpty ? "" : joined(separator: "\n") + "\n" }
}
