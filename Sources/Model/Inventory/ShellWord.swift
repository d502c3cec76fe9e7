/// A word of a line that is split as Python's `shlex.split` does: quotes, backslashes, `#`.
struct ShellWord: Equatable {
  /// Without its quotes and backslashes.
  let text: String
  /// Where it stands in the line, as written.
  let range: Range<Substring.Index>

  /// A quote that does not end, or a backslash with nothing behind it.
  struct Failure: Error {
    let message: String
    let range: Range<Substring.Index>
  }

  /// The words of a line; with `comments` a `#` outside of quotes begins one, even inside of a word.
  static func split(_ line: Substring, comments: Bool = true) throws(Failure) -> [ShellWord] {
    var words: [ShellWord] = []
    var word: (text: String, start: Substring.Index)?
    var place = line.startIndex
    func close(_ end: Substring.Index) {
      if let open = word { words.append(ShellWord(text: open.text, range: open.start..<end)) }
      word = nil
    }
    while place < line.endIndex {
      let character = line[place]
      if comments, character == "#" { break }
      if character == " " || character == "\t" || character == "\r" {
        close(place)
        place = line.index(after: place)
        continue
      }
      var open = word ?? ("", place)
      switch character {
      case "'", "\"": place = try quoted(line, place, into: &open.text)
      case "\\": place = try escaped(line, place, into: &open.text)
      default:
        open.text.append(character)
        place = line.index(after: place)
      }
      word = open
    }
    close(place)
    return words
  }

  private static func escaped(
    _ line: Substring, _ place: Substring.Index, into text: inout String
  ) throws(Failure) -> Substring.Index {
    let next = line.index(after: place)
    guard next < line.endIndex else {
      throw Failure(message: "nothing follows the backslash", range: place..<next)
    }
    text.append(line[next])
    return line.index(after: next)
  }

  /// In double quotes a backslash counts before `"` and itself only; in single quotes never.
  private static func quoted(
    _ line: Substring, _ start: Substring.Index, into text: inout String
  ) throws(Failure) -> Substring.Index {
    let quote = line[start]
    var place = line.index(after: start)
    while place < line.endIndex {
      let character = line[place]
      let next = line.index(after: place)
      if character == quote { return next }
      if character == "\\", quote == "\"", next < line.endIndex,
        line[next] == "\"" || line[next] == "\\"
      {
        text.append(line[next])
        place = line.index(after: next)
      } else {
        text.append(character)
        place = next
      }
    }
    throw Failure(message: "the quote is not closed", range: start..<line.endIndex)
  }
}
