import Schema

/// Filters that lay out text in lines.
let layoutFilters: [Filter] = [
  Filter("indent", "s, width=, first=, blank=") { call in
    let text = try markupText(call, 0)
    let indentation: String =
      if let width = call.given(1), width.string != nil {
        try call.string(1)
      } else {
        String(repeating: " ", count: max(0, try call.int(1, default: 4)))
      }
    let indentsFirst = try call.bool(2)
    let indentsBlank = try call.bool(3)
    var lines = PythonText.lines(text + "\n")
    guard !lines.isEmpty else { return .text("") }
    for index in lines.indices.dropFirst() where indentsBlank || !lines[index].isEmpty {
      lines[index] = indentation + lines[index]
    }
    let result = lines.joined(separator: "\n")
    return .text(indentsFirst ? indentation + result : result)
  },
  Filter("center", "value, width=") { call in
    .text(
      PythonText.padded(
        try call.string(0), width: try call.int(1, default: 80), keeping: .both))
  },
  Filter("truncate", "s, length=, killwords=, end=, leeway=") { call in
    guard call[0].string != nil else {
      // Python measures anything, but only texts can be cut.
      guard let count = try call.context.count(of: call[0]),
        count <= (try call.int(1, default: 255)) + (try call.int(4, default: 5))
      else { throw call.fail(.type, "the text must be str, not \(call.context.typeName(call[0]))") }
      return call[0]
    }
    let text = Array(try call.string(0).unicodeScalars)
    let length = try call.int(1, default: 255)
    let end = try call.text(3, default: "...")
    let endCount = end.unicodeScalars.count
    let leeway = try call.given(4).map(call.context.index) ?? 5
    guard length >= endCount else {
      throw call.fail(.plugin, "expected length >= \(endCount), got \(length)")
    }
    guard leeway >= 0 else { throw call.fail(.plugin, "expected leeway >= 0, got \(leeway)") }
    guard text.count > length + leeway else { return .text(try call.string(0)) }
    var head = text[..<(length - endCount)]
    if try !call.bool(2), let space = head.lastIndex(of: " ") { head = head[..<space] }
    return .text(String(String.UnicodeScalarView(head)) + end)
  },
  Filter("wordwrap", "s, width=, break_long_words=, wrapstring=, break_on_hyphens=") { call in
    let width = try call.int(1, default: 79)
    guard width > 0 else { throw call.fail(.plugin, "the width must be positive") }
    let wrapper = TextWrapper(
      width: width, breaksLongWords: try call.bool(2, default: true),
      breaksOnHyphens: try call.bool(4, default: true))
    let separator = try call.text(3, default: "\n")
    return .text(
      PythonText.lines(try markupText(call, 0)).map {
        wrapper.wrap($0).joined(separator: separator)
      }.joined(separator: separator))
  },
  Filter("striptags", "value") { call in .text(Markup.withoutTags(try call.string(0))) },
  Filter("pprint", "value") { call in
    // Ansible's containers are foreign to Python's pprint, which then gives their plain form.
    guard !call.context.isAnsible else { return .text(try call.context.representation(call[0])) }
    return .text(try PrettyPrinter(call.context).print(call[0]))
  },
]

/// A text, whether or not it is already escaped; nothing else can be laid out in lines.
private func markupText(_ call: PluginCall, _ index: Int) throws -> String {
  if case .object(let markup as Markup) = call[index] { return markup.text }
  return try call.text(index, "the text")
}

/// Python's `textwrap` for one line, white space kept inside lines and dropped at their ends.
private struct TextWrapper {
  let width: Int
  let breaksLongWords: Bool
  let breaksOnHyphens: Bool

  func wrap(_ text: String) -> [String] {
    var chunks = chunks(Array(text.unicodeScalars))[...]
    var lines: [String] = []
    while !chunks.isEmpty {
      if !lines.isEmpty, isBlank(chunks[chunks.startIndex]) { chunks.removeFirst() }
      var line: [[Unicode.Scalar]] = []
      var length = 0
      while let chunk = chunks.first, length + chunk.count <= width {
        line.append(chunk)
        length += chunk.count
        chunks.removeFirst()
      }
      if let chunk = chunks.first, chunk.count > width {
        chunks.removeFirst()
        if breaksLongWords {
          let end = end(of: chunk, room: width - length)
          line.append(Array(chunk.prefix(end)))
          chunks = [Array(chunk.dropFirst(end))] + chunks
        } else if line.isEmpty {
          line.append(chunk)
        } else {
          chunks = [chunk] + chunks
        }
      }
      if let last = line.last, isBlank(last) { line.removeLast() }
      if !line.isEmpty {
        lines.append(String(String.UnicodeScalarView(line.joined())))
      }
    }
    return lines
  }

  /// How much of a word that is too long fits: after its last hyphen, or all the room.
  private func end(of chunk: [Unicode.Scalar], room: Int) -> Int {
    guard breaksOnHyphens, let hyphen = chunk.prefix(room).lastIndex(of: "-"), hyphen > 0,
      chunk[..<hyphen].contains(where: { $0 != "-" })
    else { return room }
    return hyphen + 1
  }

  private func isBlank(_ chunk: [Unicode.Scalar]) -> Bool {
    chunk.allSatisfy(PythonText.isSpace)
  }

  /// Words and the blanks between them; words are also split after hyphens between letters.
  private func chunks(_ text: [Unicode.Scalar]) -> [[Unicode.Scalar]] {
    var result: [[Unicode.Scalar]] = []
    for (index, scalar) in text.enumerated() {
      guard let last = result.last?.last else {
        result.append([scalar])
        continue
      }
      let splits =
        PythonText.isSpace(scalar) != PythonText.isSpace(last)
        || (breaksOnHyphens && last == "-" && splitsAfterHyphen(text, before: index))
      if splits {
        result.append([scalar])
      } else {
        result[result.count - 1].append(scalar)
      }
    }
    return result
  }

  private func splitsAfterHyphen(_ text: [Unicode.Scalar], before index: Int) -> Bool {
    guard index >= 3, index + 1 < text.count else { return false }
    func isLetter(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.isAlphabetic || scalar == "_"
    }
    return isLetter(text[index - 2]) && isLetter(text[index - 3]) && isLetter(text[index])
      && isLetter(text[index + 1])
  }
}
