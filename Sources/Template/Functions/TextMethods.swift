import OrderedCollections
import Schema

extension PluginCall {
  /// The text a method belongs to.
  var subject: String { self[0].string ?? "" }

  /// Positions `start` and `end` as Python's text methods take them, in code points.
  func range(_ startIndex: Int, _ endIndex: Int, count: Int) throws -> Range<Int> {
    func position(_ item: Item?, _ fallback: Int) throws -> Int {
      guard let item, !item.isNull else { return fallback }
      let index = try context.index(item)
      return index < 0 ? max(0, index + count) : min(index, count)
    }
    let start = try position(optional(startIndex), 0)
    return start..<max(start, try position(optional(endIndex), count))
  }

  /// Whether a search starts past the end, where not even an empty text is found.
  func startsBeyond(_ count: Int, _ startIndex: Int) throws -> Bool {
    guard let item = given(startIndex) else { return false }
    return try context.index(item) > count
  }

  /// The texts of an argument that is one text or a tuple of them.
  func texts(_ index: Int) throws -> [String] {
    if case .tuple(let items) = self[index] {
      return try items.map { try context.text($0, "the argument") }
    }
    return [try text(index, "the argument")]
  }
}

/// Methods of texts that give another text or a list of texts.
let textMethods: [Method] = [
  Method("upper", "self") { .text($0.subject.uppercased()) },
  Method("lower", "self") { .text(PythonText.lowered($0.subject)) },
  Method("casefold", "self") { .text(PythonText.caseFolded($0.subject)) },
  Method("capitalize", "self") { .text(PythonText.capitalized($0.subject)) },
  Method("title", "self") { .text(PythonText.titled($0.subject)) },
  Method("swapcase", "self") { .text(PythonText.swappedCase($0.subject)) },
  Method("strip", "self, chars=") { .text(try strip($0, .both)) },
  Method("lstrip", "self, chars=") { .text(try strip($0, .left)) },
  Method("rstrip", "self, chars=") { .text(try strip($0, .right)) },
  Method("split", "self, sep=, maxsplit=") { call in
    .texts(
      PythonText.split(
        call.subject, separator: try separator(call), limit: try call.int(2, default: -1)))
  },
  Method("rsplit", "self, sep=, maxsplit=") { call in
    .texts(
      PythonText.splitFromEnd(
        call.subject, separator: try separator(call), limit: try call.int(2, default: -1)))
  },
  Method("splitlines", "self, keepends=") { call in
    .texts(PythonText.lines(call.subject, keepEnds: try call.int(1, default: 0) != 0))
  },
  Method("join", "self, items") { call in
    let parts = try call.elements(1).enumerated().map { index, item in
      guard let text = item.string else {
        if let unknown = item.unknown { throw Interrupt.unknown(unknown) }
        if case .undefined(let undefined) = item { throw Interrupt.undefined(undefined) }
        throw call.fail(
          .type,
          "sequence item \(index): expected str instance, \(call.context.typeName(item)) found")
      }
      return text
    }
    return .text(parts.joined(separator: call.subject))
  },
  Method("replace", "self, old, new, count=") { call in
    .text(
      PythonText.replace(
        call.subject, try call.text(1, "replace() argument 1"),
        try call.text(2, "replace() argument 2"), count: try call.int(3, default: -1)))
  },
  Method("removeprefix", "self, prefix") { call in
    let prefix = try call.text(1, "the prefix")
    guard PythonText.hasPrefix(call.subject, prefix) else { return .text(call.subject) }
    return .text(String(decoding: call.subject.utf8.dropFirst(prefix.utf8.count), as: UTF8.self))
  },
  Method("removesuffix", "self, suffix") { call in
    let suffix = try call.text(1, "the suffix")
    guard PythonText.hasSuffix(call.subject, suffix) else { return .text(call.subject) }
    return .text(String(decoding: call.subject.utf8.dropLast(suffix.utf8.count), as: UTF8.self))
  },
  Method("partition", "self, sep") { call in
    let parts = PythonText.split(call.subject, separator: try nonEmpty(call), limit: 1)
    let texts = parts.count == 2 ? [parts[0], try call.string(1), parts[1]] : [parts[0], "", ""]
    return .tuple(texts.map(Item.text))
  },
  Method("rpartition", "self, sep") { call in
    let parts = PythonText.splitFromEnd(call.subject, separator: try nonEmpty(call), limit: 1)
    let texts = parts.count == 2 ? [parts[0], try call.string(1), parts[1]] : ["", "", parts[0]]
    return .tuple(texts.map(Item.text))
  },
  Method("format", "self, *values, **named") { call in
    .text(
      try BraceFormat(call.context, call.rest, call.arguments.keywords).format(call.subject))
  },
  Method("format_map", "self, mapping") { call in
    var named: [(name: String, value: Item)] = []
    if case .dict(let box) = call[1] {
      named = try box.entries(in: call.context).compactMap { key, value in
        key.string.map { (name: $0, value: value) }
      }
    }
    return .text(try BraceFormat(call.context, nil, named).format(call.subject))
  },
  Method("expandtabs", "self, tabsize=") { call in
    .text(expandTabs(call.subject, try call.int(1, default: 8)))
  },
  Method("maketrans", "self, from, to=, delete=") { call in
    var table: OrderedDictionary<Value, Item> = [:]
    if case .dict(let box) = call[1] {
      for (key, value) in try box.entries(in: call.context) {
        let code = key.string?.unicodeScalars.first.map { Value.int(Int($0.value)) } ?? key
        table[code] = value
      }
      return .dict(DictBox(table))
    }
    let from = Array(try call.text(1, "the first argument").unicodeScalars)
    let to = Array(try call.text(2, default: "").unicodeScalars)
    guard from.count == to.count else {
      throw call.fail(.value, "the first two arguments must have equal length")
    }
    for (old, new) in zip(from, to) { table[.int(Int(old.value))] = .int(Int(new.value)) }
    for scalar in try call.text(3, default: "").unicodeScalars {
      table[.int(Int(scalar.value))] = .null
    }
    return .dict(DictBox(table))
  },
  Method("translate", "self, table") { call in
    guard case .dict(let box) = call[1] else { throw call.fail(.type, "a table is needed") }
    var result = ""
    for scalar in call.subject.unicodeScalars {
      switch try box.value(for: .int(Int(scalar.value)), in: call.context) {
      case nil: result.unicodeScalars.append(scalar)
      case .value(.null): continue
      case .value(.int(let code)):
        if let scalar = UInt32(exactly: code).flatMap(Unicode.Scalar.init) {
          result.unicodeScalars.append(scalar)
        }
      case .some(let item): result += try call.context.string(item)
      }
    }
    return .text(result)
  },
  Method("encode", "self, encoding=, errors=") { call in .text(call.subject) },
]

/// Methods of texts that place it in a width.
let textPlacing: [Method] = [
  Method("center", "self, width, fillchar=") { .text(try pad($0, .both)) },
  Method("ljust", "self, width, fillchar=") { .text(try pad($0, .left)) },
  Method("rjust", "self, width, fillchar=") { .text(try pad($0, .right)) },
  Method("zfill", "self, width") { call in
    let width = try call.context.index(call[1])
    let hasSign = call.subject.hasPrefix("-") || call.subject.hasPrefix("+")
    let digits = hasSign ? String(call.subject.dropFirst()) : call.subject
    let sign = hasSign ? String(call.subject.prefix(1)) : ""
    return .text(
      sign
        + PythonText.padded(
          digits, width: width - sign.utf8.count, with: "0", keeping: .right))
  },
]

private func pad(_ call: PluginCall, _ side: PythonText.Side) throws -> String {
  let fill = try call.text(2, default: " ")
  guard fill.unicodeScalars.count == 1 else {
    throw call.fail(.type, "the fill character must be exactly one character long")
  }
  return PythonText.padded(
    call.subject, width: try call.context.index(call[1]), with: fill, keeping: side)
}

private func strip(_ call: PluginCall, _ side: PythonText.Side) throws -> String {
  let characters = try call.given(1).map { try call.context.text($0, "the characters") }
  return PythonText.stripped(call.subject, characters, side)
}

private func separator(_ call: PluginCall) throws -> String? {
  guard call.given(1) != nil else { return nil }
  return try nonEmpty(call)
}

private func nonEmpty(_ call: PluginCall) throws -> String {
  let separator = try call.text(1, "the separator")
  guard !separator.isEmpty else { throw call.fail(.value, "empty separator") }
  return separator
}

private func expandTabs(_ text: String, _ size: Int) -> String {
  var column = 0
  var result = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    if scalar == "\t" {
      let count = size > 0 ? size - column % size : 0
      for _ in 0..<count { result.append(" ") }
      column += count
    } else {
      result.append(scalar)
      column = scalar == "\n" || scalar == "\r" ? 0 : column + 1
    }
  }
  return String(result)
}
