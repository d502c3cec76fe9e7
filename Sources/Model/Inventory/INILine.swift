import Diagnostics

/// One line of an INI file that says something, without blanks around it.
struct INILine {
  let text: Substring
  private let file: SourceFile
  private let start: Int

  /// nil for an empty line, a comment, and, reported, one that is not UTF-8.
  init?(_ file: SourceFile, _ number: Int, into bag: inout DiagnosticBag) {
    let whole = file.text(ofLine: number)
    let text = trimmed(whole[...])
    guard let first = text.first, first != "#", first != ";" else { return nil }
    self.text = text
    self.file = file
    var offset = file.offset(ofLine: number)
    if file.bytes[offset...].starts(with: [0xEF, 0xBB, 0xBF]) { offset += 3 }
    start = offset + whole.utf8.distance(from: whole.startIndex, to: text.startIndex)
    guard file.bytes[start...].starts(with: text.utf8) else {
      bag.add(
        Diagnostic(
          .error, "not-utf8", "this line is not UTF-8", at: Span(file, start..<start),
          help: "save the file as UTF-8: `iconv -f GBK -t UTF-8 FILE`"))
      return nil
    }
  }

  var span: Span { span(of: text) }

  func span(of part: Substring) -> Span { span(of: part.startIndex..<part.endIndex) }

  func span(of range: Range<Substring.Index>) -> Span {
    let begin = text.utf8.distance(from: text.startIndex, to: range.lowerBound)
    let end = text.utf8.distance(from: text.startIndex, to: range.upperBound)
    return Span(file, start + begin..<start + end)
  }
}

/// What a line says as the head of a section.
enum INIHeader {
  enum Kind: String { case hosts, children, vars }

  struct Section {
    let group: String
    let groupSpan: Span
    let kind: Kind
  }

  /// The line is no head.
  case none
  case section(Section)
  case malformed
  case unknown(String, Span)

  init(_ line: INILine) {
    let text = line.text
    guard text.first == "[" else {
      self = .none
      return
    }
    let inside = text.dropFirst()
    let name = inside.prefix { $0 != ":" && $0 != "]" && !$0.isWhitespace }
    var rest = inside[name.endIndex...]
    var kind: Substring?
    if rest.first == ":" {
      let word = rest.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "_" }
      kind = word
      rest = rest[word.endIndex...]
    }
    let tail = trimmed(rest.dropFirst())
    guard !name.isEmpty, kind?.isEmpty != true, rest.first == "]",
      tail.isEmpty || tail.hasPrefix("#")
    else {
      // `[2001:db8::1]:22` is a host; what ends with a bracket can only be meant as a section.
      self = text.hasSuffix("]") || tail.hasPrefix(";") ? .malformed : .none
      return
    }
    guard let known = kind.map({ Kind(rawValue: String($0)) }) ?? .hosts else {
      self = .unknown(String(kind ?? ""), line.span(of: kind ?? name))
      return
    }
    self = .section(Section(group: String(name), groupSpan: line.span(of: name), kind: known))
  }
}
