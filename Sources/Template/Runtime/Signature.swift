import Schema

/// The parameters of a filter, test, method or function.
struct Signature: Sendable {
  private let names: [String]
  private let required: Int
  private let takesRest: Bool
  private let takesKeywords: Bool

  /// - Parameter parameters: names in order, such as `value, width=, *rest, **keywords`; a name with
  ///   `=` may be left out.
  init(_ parameters: StaticString) {
    var names: [String] = []
    var required = 0
    var takesRest = false
    var takesKeywords = false
    for part in "\(parameters)".split(separator: ",") {
      let word = part.drop { $0 == " " }
      if word.hasPrefix("**") {
        takesKeywords = true
      } else if word.hasPrefix("*") {
        takesRest = true
      } else if word.hasSuffix("=") {
        names.append(String(word.dropLast()))
      } else {
        names.append(String(word))
        required = names.count
      }
    }
    self.names = names
    self.required = required
    self.takesRest = takesRest
    self.takesKeywords = takesKeywords
  }

  /// Arguments in the order of the parameters.
  func bind(_ arguments: CallArguments, name: String) throws -> BoundArguments {
    var bound = BoundArguments(values: [], rest: [], keywords: [])
    let count = arguments.positional.count
    if count <= names.count {
      bound.values.reserveCapacity(names.count)
      bound.values.append(contentsOf: arguments.positional.lazy.map(Optional.some))
      for _ in count..<names.count { bound.values.append(nil) }
    } else {
      guard takesRest else {
        throw TemplateError(
          .type, "takes at most \(names.count) arguments, \(count) were given", line: 0)
      }
      bound.values = arguments.positional[..<names.count].map(Optional.some)
      bound.rest = Array(arguments.positional[names.count...])
    }
    for (keyword, value) in arguments.keywords {
      guard let index = names.firstIndex(of: keyword) else {
        guard takesKeywords else {
          throw TemplateError(.type, "has no parameter `\(keyword)`", line: 0)
        }
        bound.keywords.append((keyword, value))
        continue
      }
      guard bound.values[index] == nil else {
        throw TemplateError(.type, "got several values for `\(keyword)`", line: 0)
      }
      bound.values[index] = value
    }
    for index in 0..<required where bound.values[index] == nil {
      throw TemplateError(.type, "needs the argument `\(names[index])`", line: 0)
    }
    return bound
  }
}

/// Arguments that were matched with parameters.
struct BoundArguments {
  /// One for each parameter; nil where it was left out.
  var values: [Item?]
  /// Positional arguments beyond the parameters.
  var rest: [Item]
  /// Keyword arguments that are no parameter.
  var keywords: [(name: String, value: Item)]
}

/// What a filter or test may be given.
struct PluginTraits: OptionSet, Sendable {
  let rawValue: UInt8
  /// Undefined and unknown arguments are passed on instead of being the result.
  static let takesAnything = PluginTraits(rawValue: 1)
  /// Elements of arguments may be undefined.
  static let takesUndefinedElements = PluginTraits(rawValue: 2)
}

/// A call of a filter, test, method or function with its arguments.
struct PluginCall {
  let context: Context
  let arguments: BoundArguments

  /// The argument of a required parameter.
  subscript(_ index: Int) -> Item { arguments.values[index] ?? .null }

  /// The argument of a parameter that may be left out.
  func optional(_ index: Int) -> Item? { arguments.values[index] }

  /// Like `optional`, `none` taken as left out.
  func given(_ index: Int) -> Item? {
    guard let item = arguments.values[index], !item.isNull else { return nil }
    return item
  }

  var rest: [Item] { arguments.rest }

  func keyword(_ name: String) -> Item? {
    arguments.keywords.first { $0.name == name }?.value
  }

  // MARK: Arguments by type

  /// The elements of an argument.
  func elements(_ index: Int) throws -> [Item] { try context.elements(of: self[index]) }

  /// An argument as a text, whatever its type (Python's `str`).
  func string(_ index: Int) throws -> String { try context.string(self[index]) }

  /// An argument that must be a text.
  func text(_ index: Int, _ name: String) throws -> String {
    try context.text(self[index], name)
  }

  func text(_ index: Int, default fallback: String) throws -> String {
    guard let item = given(index) else { return fallback }
    return try context.text(item, "the argument")
  }

  func bool(_ index: Int, default fallback: Bool = false) throws -> Bool {
    guard let item = optional(index) else { return fallback }
    return try context.isTrue(item)
  }

  func int(_ index: Int, default fallback: Int) throws -> Int {
    guard let item = optional(index) else { return fallback }
    return try context.index(item)
  }

  func fail(_ kind: TemplateError.Kind, _ message: String) -> TemplateError {
    TemplateError(kind, message, line: 0)
  }
}

/// A filter: a name, its parameters and what it does.
struct Filter: Sendable {
  let name: String
  let signature: Signature
  let traits: PluginTraits
  let body: @Sendable (PluginCall) throws -> Item

  init(
    _ name: String, _ parameters: StaticString, traits: PluginTraits = [],
    _ body: @escaping @Sendable (PluginCall) throws -> Item
  ) {
    self.name = name
    signature = Signature(parameters)
    self.traits = traits
    self.body = body
  }
}

/// A test: like a filter, with a boolean for a result.
struct Test: Sendable {
  let name: String
  let signature: Signature
  let traits: PluginTraits
  let body: @Sendable (PluginCall) throws -> Bool

  init(
    _ name: String, _ parameters: StaticString, traits: PluginTraits = [],
    _ body: @escaping @Sendable (PluginCall) throws -> Bool
  ) {
    self.name = name
    signature = Signature(parameters)
    self.traits = traits
    self.body = body
  }
}
