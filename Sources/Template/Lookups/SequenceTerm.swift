import PatternMatching

/// One term of the `sequence` lookup: `start=1 end=5 stride=2 format=host%02d`, `count=3`, `5-8/2`.
struct SequenceTerm {
  let items: [String]

  init(_ term: String, _ call: LookupCall) throws {
    var options: [String: String] = [:]
    for (name, value) in call.options { options[name] = try call.context.string(value) }
    let words = PythonText.split(term, separator: nil)
    if words.count == 1, !words[0].contains("=") {
      guard
        let match = try Regex.cached(
          #"(?:(0x[0-9a-fA-F]+|0?[0-7]*|\d+)-)?(0x[0-9a-fA-F]+|\d+)(?:/(0x[0-9a-fA-F]+|\d+))?(?::(.+))?"#
        ).fullMatch(in: words[0])
      else { throw call.fail("can't parse `\(term)` as a sequence") }
      options["start"] = match.text(1)
      options["end"] = match.text(2)
      options["stride"] = match.text(3)
      options["format"] = match.text(4)
    } else {
      for word in words {
        guard let equal = word.firstIndex(of: "=") else {
          throw call.fail("`\(word)` in a sequence is not `key=value`")
        }
        options[String(word[..<equal])] = String(word[word.index(after: equal)...])
      }
    }
    func number(_ name: String) throws -> Int? {
      guard let text = options[name] else { return nil }
      guard let number = PythonNumber.integer(text, base: 0).flatMap({ Int(exactly: $0) }) else {
        throw call.fail("can't parse `\(name)=\(text)` as an integer")
      }
      return number
    }
    let start = try number("start") ?? 1
    var step = try number("stride") ?? 1
    let end: Int
    switch (try number("count"), try number("end")) {
    case (nil, nil): throw call.fail("a sequence needs `count` or `end`")
    case (.some, .some): throw call.fail("a sequence cannot have both `count` and `end`")
    case (.some(let count), nil):
      if count == 0 {
        items = []
        return
      }
      end = start + count * step - (step > 0 ? 1 : -1)
    case (nil, .some(let last)):
      end = last
      if options["stride"] == nil, end < start { step = 1 }
    }
    guard step != 0, step > 0 ? end >= start : end <= start else {
      if step == 0 {
        items = []
        return
      }
      throw call.fail(
        step > 0
          ? "to count backwards make the stride negative" : "to count forward make it positive")
    }
    guard abs(end - start) / abs(step) < 1_000_000 else {
      throw call.fail("a sequence has more than a million elements")
    }
    let format = PercentFormat(context: call.context)
    let pattern = options["format"] ?? "%d"
    items = try Array(stride(from: start, through: end, by: step)).map {
      try format.format(pattern, .int($0))
    }
  }
}
