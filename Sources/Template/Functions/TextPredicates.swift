import BigInt
import Schema

/// Methods of texts that answer a question.
let textPredicates: [Method] = [
  Method("startswith", "self, prefix, start=, end=") { call in
    guard let part = try part(call) else { return .bool(false) }
    return .bool(try call.texts(1).contains { PythonText.hasPrefix(part, $0) })
  },
  Method("endswith", "self, suffix, start=, end=") { call in
    guard let part = try part(call) else { return .bool(false) }
    return .bool(try call.texts(1).contains { PythonText.hasSuffix(part, $0) })
  },
  Method("find", "self, sub, start=, end=") { .int(try find($0, last: false) ?? -1) },
  Method("rfind", "self, sub, start=, end=") { .int(try find($0, last: true) ?? -1) },
  Method("index", "self, sub, start=, end=") { call in
    guard let index = try find(call, last: false) else {
      throw call.fail(.value, "substring not found")
    }
    return .int(index)
  },
  Method("rindex", "self, sub, start=, end=") { call in
    guard let index = try find(call, last: true) else {
      throw call.fail(.value, "substring not found")
    }
    return .int(index)
  },
  Method("count", "self, sub, start=, end=") { call in
    guard let part = try part(call) else { return .int(0) }
    return .int(PythonText.count(part, try call.text(1, "the text to count")))
  },
  Method("isdigit", "self") { call in
    .bool(
      all(call) { $0.properties.numericType == .decimal || $0.properties.numericType == .digit })
  },
  Method("isdecimal", "self") { call in .bool(all(call) { $0.properties.numericType == .decimal })
  },
  Method("isnumeric", "self") { call in .bool(all(call) { $0.properties.numericType != nil }) },
  Method("isalpha", "self") { call in .bool(all(call, isLetter)) },
  Method("isalnum", "self") { call in
    .bool(all(call) { isLetter($0) || $0.properties.numericType != nil })
  },
  Method("isspace", "self") { call in .bool(all(call, PythonText.isSpace)) },
  Method("isupper", "self") { .bool(PythonText.isUpper($0.subject)) },
  Method("islower", "self") { .bool(PythonText.isLower($0.subject)) },
  Method("istitle", "self") { .bool(PythonText.isTitle($0.subject)) },
  Method("isascii", "self") { .bool($0.subject.utf8.allSatisfy { $0 < 0x80 }) },
  Method("isprintable", "self") {
    .bool($0.subject.unicodeScalars.allSatisfy(PythonText.isPrintable))
  },
  Method("isidentifier", "self") { call in
    let scalars = call.subject.unicodeScalars
    guard let first = scalars.first else { return .bool(false) }
    return .bool(
      (first == "_" || first.properties.isXIDStart)
        && scalars.dropFirst().allSatisfy(\.properties.isXIDContinue))
  },
]

private func isLetter(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.properties.generalCategory {
  case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
  default: false
  }
}

private func all(_ call: PluginCall, _ isFine: (Unicode.Scalar) -> Bool) -> Bool {
  !call.subject.isEmpty && call.subject.unicodeScalars.allSatisfy(isFine)
}

/// What lies between the second and the third argument; nil where that begins past the end.
private func part(_ call: PluginCall) throws -> String? {
  guard call.optional(2) != nil || call.optional(3) != nil else { return call.subject }
  let scalars = Array(call.subject.unicodeScalars)
  if try call.startsBeyond(scalars.count, 2) { return nil }
  let range = try call.range(2, 3, count: scalars.count)
  return String(String.UnicodeScalarView(scalars[range]))
}

private func find(_ call: PluginCall, last: Bool) throws -> Int? {
  let scalars = Array(call.subject.unicodeScalars)
  let wanted = Array(try call.text(1, "the text to find").unicodeScalars)
  let range = try call.range(2, 3, count: scalars.count)
  guard range.count >= wanted.count, try !call.startsBeyond(scalars.count, 2) else { return nil }
  let positions = range.lowerBound...(range.upperBound - wanted.count)
  func matches(_ index: Int) -> Bool {
    scalars[index..<index + wanted.count].elementsEqual(wanted)
  }
  return last ? positions.last(where: matches) : positions.first(where: matches)
}

extension Method {
  fileprivate static func bits(
    _ name: String, _ operation: @escaping @Sendable (BigInt, BigInt) -> BigInt
  ) -> Method {
    Method(name, "self, other") { call in
      guard let left = Number(call[0])?.big, let right = Number(call[1])?.big else {
        throw call.fail(.type, "two integers are needed")
      }
      return .integer(operation(left, right))
    }
  }

  fileprivate static func shift(_ name: String, isLeft: Bool) -> Method {
    Method(name, "self, count") { call in
      let count = try call.context.index(call[1])
      guard let value = Number(call[0])?.big, (0...4096).contains(count) else {
        throw call.fail(.value, "the count must be from 0 to 4096")
      }
      return .integer(isLeft ? value << count : value >> count)
    }
  }
}

/// Methods of integers; the bit operations stand in for operators that Jinja lacks.
let integerMethods: [Method] = [
  Method("bit_length", "self") { call in
    .int(Number(call[0])?.big.map { $0.magnitude.bitWidth } ?? 0)
  },
  Method("bit_count", "self") { call in
    .int(Number(call[0])?.big.map { $0.magnitude.words.reduce(0) { $0 + $1.nonzeroBitCount } } ?? 0)
  },
  Method("conjugate", "self") { $0[0] },
  Method("is_integer", "self") { _ in .bool(true) },
  Method("as_integer_ratio", "self") { .tuple([$0[0], .int(1)]) },
  .bits("__and__") { $0 & $1 },
  .bits("__or__") { $0 | $1 },
  .bits("__xor__") { $0 ^ $1 },
  .shift("__lshift__", isLeft: true),
  .shift("__rshift__", isLeft: false),
]

/// Methods of floats.
let floatMethods: [Method] = [
  Method("is_integer", "self") { call in
    let float = Number(call[0])?.double ?? .nan
    return .bool(float.isFinite && float.rounded() == float)
  },
  Method("conjugate", "self") { $0[0] },
]
