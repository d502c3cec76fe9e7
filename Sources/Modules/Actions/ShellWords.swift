/// Splits a line into words as sh does, with quotes and backslashes but without expanding anything; nil when a quote
/// is not closed.
///
/// These are the rules of Python's `shlex.split`, which Ansible documents for free-form commands.
func shellWords(_ text: String) -> [String]? {
  var words: [String] = []
  var word = ""
  var isInWord = false
  var scalars = text.unicodeScalars.makeIterator()
  while let scalar = scalars.next() {
    switch scalar {
    case " ", "\t", "\n", "\r":
      if isInWord { words.append(word) }
      word = ""
      isInWord = false
    case "'":
      isInWord = true
      guard let quoted = untilQuote(&scalars) else { return nil }
      word += quoted
    case "\"":
      isInWord = true
      guard let quoted = untilDoubleQuote(&scalars) else { return nil }
      word += quoted
    case "\\":
      guard let next = scalars.next() else { return nil }
      isInWord = true
      word.unicodeScalars.append(next)
    default:
      isInWord = true
      word.unicodeScalars.append(scalar)
    }
  }
  if isInWord { words.append(word) }
  return words
}

private func untilQuote(_ scalars: inout String.UnicodeScalarView.Iterator) -> String? {
  var text = ""
  while let scalar = scalars.next() {
    if scalar == "'" { return text }
    text.unicodeScalars.append(scalar)
  }
  return nil
}

/// Inside double quotes a backslash protects only a quote or another backslash.
private func untilDoubleQuote(_ scalars: inout String.UnicodeScalarView.Iterator) -> String? {
  var text = ""
  while let scalar = scalars.next() {
    if scalar == "\"" { return text }
    guard scalar == "\\" else {
      text.unicodeScalars.append(scalar)
      continue
    }
    guard let next = scalars.next() else { return nil }
    if next != "\"", next != "\\" { text += "\\" }
    text.unicodeScalars.append(next)
  }
  return nil
}
