import Diagnostics

extension Optional: ParameterType where Wrapped: ParameterType {
  package static var typeDescription: String { Wrapped.typeDescription }
  package static var choices: [String] { Wrapped.choices }
  package init(_ argument: Argument) throws(Diagnostic) { self = try Wrapped(argument) }
}

extension String: ParameterType {
  package static var typeDescription: String { "string" }
  package init(_ argument: Argument) throws(Diagnostic) {
    guard let text = argument.sourceText else {
      throw argument.wrong("argument-type", "must be a string, not \(argument.shown)")
    }
    self = text
  }
}

extension Bool: ParameterType {
  package static var typeDescription: String { "boolean" }

  /// The words of YAML 1.1 and Ansible's `boolean` conversion.
  package init(_ argument: Argument) throws(Diagnostic) {
    if case .bool(let flag) = argument.value {
      self = flag
      return
    }
    switch argument.sourceText?.lowercased() {
    case "yes", "on", "true", "1", "y", "t", "1.0": self = true
    case "no", "off", "false", "0", "n", "f", "0.0": self = false
    default:
      throw argument.wrong(
        "argument-type", "must be a boolean, not \(argument.shown)", help: "write `true` or `false`"
      )
    }
  }
}

extension Int: ParameterType {
  package static var typeDescription: String { "integer" }
  package init(_ argument: Argument) throws(Diagnostic) {
    if case .int(let number) = argument.value {
      self = number
      return
    }
    guard let text = argument.sourceText, let number = Int(text) else {
      throw argument.wrong("argument-type", "must be an integer, not \(argument.shown)")
    }
    self = number
  }
}

extension Double: ParameterType {
  package static var typeDescription: String { "number" }
  package init(_ argument: Argument) throws(Diagnostic) {
    switch argument.value {
    case .int(let number): self = Double(number)
    case .float(let number): self = number
    default:
      guard let text = argument.sourceText, let number = Double(text) else {
        throw argument.wrong("argument-type", "must be a number, not \(argument.shown)")
      }
      self = number
    }
  }
}

extension Value: ParameterType {
  package static var typeDescription: String { "any value" }
  package init(_ argument: Argument) throws(Diagnostic) { self = argument.value }
}

extension ValueMap: ParameterType {
  package static var typeDescription: String { "dictionary" }
  package init(_ argument: Argument) throws(Diagnostic) {
    guard let map = argument.value.dict else {
      throw argument.wrong("argument-type", "must be a dictionary, not \(argument.shown)")
    }
    self = map
  }
}

extension Text: ParameterType {
  package static var typeDescription: String { "string" }

  /// Keeps the marks: for parameters that may hold a secret.
  package init(_ argument: Argument) throws(Diagnostic) {
    self.init(try String(argument), marks: argument.value.deepMarks.intersection(.secret))
  }
}

extension Array: ParameterType where Element: ParameterType {
  package static var typeDescription: String { "list of \(Element.typeDescription)s" }
  package static var choices: [String] { Element.choices }

  /// A list; a single value is a list of one, and a string is split at commas, as Ansible does.
  package init(_ argument: Argument) throws(Diagnostic) {
    self = []
    if let elements = argument.elements {
      for element in elements { append(try Element(element)) }
    } else if let text = argument.sourceText, text.contains(","), Element.self != Value.self {
      for part in text.split(separator: ",") {
        var start = part[...]
        while start.first == " " { start.removeFirst() }
        while start.last == " " { start.removeLast() }
        append(
          try Element(Argument(.string(String(start)), span: argument.span, path: argument.path)))
      }
    } else {
      append(try Element(argument))
    }
  }
}

/// Permission bits of a file, as chmod(2) takes them.
package struct FileMode: ParameterType, Hashable, CustomStringConvertible {
  /// 0 to 0o7777.
  package let bits: UInt16

  package init(bits: UInt16) { self.bits = bits }

  package static var typeDescription: String { "file mode" }

  /// Four octal digits: `0644`.
  package var description: String {
    let digits = String(bits, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// Reads the source text as octal (`0644`, `644`, `"0644"`, `0o644`); a computed integer is the number itself,
  /// as PyYAML has already read `0644` as 420.
  package init(_ argument: Argument) throws(Diagnostic) {
    var digits: Substring
    if argument.node == nil, case .int(let number) = argument.value {
      guard let bits = UInt16(exactly: number), bits <= 0o7777 else {
        throw argument.wrong(
          "file-mode", "is no file mode: \(number)", help: "write it as \"0644\"")
      }
      self.bits = bits
      return
    }
    guard let text = argument.sourceText else {
      throw argument.wrong("file-mode", "must be a file mode, not \(argument.shown)")
    }
    digits = text[...]
    if digits.hasPrefix("0o") || digits.hasPrefix("0O") { digits = digits.dropFirst(2) }
    guard let bits = UInt16(digits, radix: 8), bits <= 0o7777 else {
      throw argument.wrong(
        "file-mode", "must be an octal file mode, not \(argument.shown)",
        help: "write it as \"0644\"")
    }
    self.bits = bits
  }
}

/// An absolute path on a host, without `.`, `..` or doubled slashes.
package struct HostPath: ParameterType, Hashable, CustomStringConvertible {
  package let string: String

  package var description: String { string }
  package static var typeDescription: String { "absolute path" }

  /// Normalizes; nil when the text is not an absolute path.
  package init?(_ text: String) {
    let bytes = text.utf8
    guard bytes.first == UInt8(ascii: "/"), !bytes.contains(0) else { return nil }
    if HostPath.isNormal(bytes) {
      string = text
      return
    }
    var parts: [Substring] = []
    for part in text.split(separator: "/") {
      switch part {
      case ".": continue
      case "..": _ = parts.popLast()
      default: parts.append(part)
      }
    }
    string = "/" + parts.joined(separator: "/")
  }

  /// Whether an absolute path has no empty component, none that begins with a dot, and no slash at its end.
  private static func isNormal(_ path: String.UTF8View) -> Bool {
    var isStart = false
    for byte in path {
      if isStart, byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".") { return false }
      isStart = byte == UInt8(ascii: "/")
    }
    return !isStart
  }

  package init(_ argument: Argument) throws(Diagnostic) {
    guard let text = argument.sourceText, let path = HostPath(text) else {
      throw argument.wrong(
        "host-path", "must be an absolute path, not \(argument.shown)", help: "begin it with `/`")
    }
    self = path
  }

  /// The folder that holds it; `/` for `/`.
  package var parent: HostPath {
    guard let slash = string.utf8.lastIndex(of: UInt8(ascii: "/")), slash != string.startIndex
    else { return .root }
    return HostPath(verbatim: String(string[..<slash]))
  }

  /// The last component; empty for `/`.
  package var name: String {
    string.utf8.lastIndex(of: UInt8(ascii: "/")).map {
      String(string[string.utf8.index(after: $0)...])
    } ?? ""
  }

  package static let root = HostPath(verbatim: "/")

  private init(verbatim: String) { string = verbatim }

  /// The path of something below this one.
  package func appending(_ relative: String) -> HostPath {
    HostPath(string + "/" + relative) ?? self
  }
}

/// A parameter that takes one of a few words.
package protocol ParameterChoice: ParameterType, RawRepresentable<String>, CaseIterable {}

extension ParameterChoice {
  package static var typeDescription: String { "choice" }
  package static var choices: [String] { allCases.map(\.rawValue) }
  package init(_ argument: Argument) throws(Diagnostic) {
    let text = argument.sourceText ?? ""
    guard let choice = Self(rawValue: text) else {
      let words = Self.choices.map { "`\($0)`" }.joined(separator: ", ")
      throw argument.wrong(
        "argument-choice", "must be one of \(words), not \(argument.shown)",
        help: suggestion(for: text, among: Self.choices).map { "did you mean `\($0)`?" })
    }
    self = choice
  }
}
