import Schema

/// Scalars over several lines, as libyaml writes them.
extension YAMLEmitter {
  /// `|`: every line as it is.
  mutating func literal(_ scalar: YAMLScalar) {
    header("|", scalar)
    var isLineStart = true
    for character in scalar.characters {
      if YAMLScalar.isBreak(character) {
        newline(character)
        endsWithIndent = true
        isLineStart = true
        continue
      }
      if isLineStart { writeIndent() }
      put(CollectionOfOne(character))
      endsWithIndent = false
      isLineStart = false
    }
  }

  /// `>`: long lines are broken, single line ends doubled.
  mutating func folded(_ scalar: YAMLScalar) {
    header(">", scalar)
    let characters = scalar.characters
    var isLineStart = true
    var isIndented = true
    for (index, character) in characters.enumerated() {
      if YAMLScalar.isBreak(character) {
        if !isLineStart, !isIndented, character == "\n" {
          let next = characters[index...].first { !YAMLScalar.isBreak($0) }
          if let next, next != " ", next != "\t" { newline() }
        }
        newline(character)
        endsWithIndent = true
        isLineStart = true
        continue
      }
      if isLineStart {
        writeIndent()
        isIndented = character == " " || character == "\t"
      }
      let isFollowedBySpace = index + 1 < characters.count && characters[index + 1] == " "
      if !isLineStart, character == " ", !isFollowedBySpace, column > style.width {
        writeIndent()
      } else {
        put(CollectionOfOne(character))
      }
      endsWithIndent = false
      isLineStart = false
    }
  }

  /// The indicator with how deep the text is indented, where it starts with a blank, and what
  /// becomes of its last line ends.
  private mutating func header(_ text: String, _ scalar: YAMLScalar) {
    let characters = scalar.characters
    indicator(text, needsSpace: true)
    if let first = characters.first, first == " " || YAMLScalar.isBreak(first) {
      indicator(String(style.indentation), needsSpace: false)
    }
    isOpenEnded = false
    if let last = characters.last, YAMLScalar.isBreak(last) {
      if characters.count == 1 || YAMLScalar.isBreak(characters[characters.count - 2]) {
        indicator("+", needsSpace: false)
        isOpenEnded = true
      }
    } else {
      indicator("-", needsSpace: false)
    }
    newline()
    endsWithIndent = true
    endsWithSpace = true
  }
}
