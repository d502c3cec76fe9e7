import Schema

/// Where names come from; rendering asks for each name when it is first used.
package protocol Variables: Sendable {
  /// The value of a name; nil where it is not defined.
  ///
  /// Texts marked as templates are rendered when they are used, in the scope of all variables.
  func value(named name: String) throws(TemplateError) -> Value?

  /// All names, for suggestions.
  var names: [String] { get }

  /// What lies under a name that stands for the variables of others (`hostvars`); nil for every other name.
  func scopes(named name: String) -> (any VariableScopes)?
}

/// What templates may reach on the controller: files, the environment, and lookups of the model.
package protocol TemplateResources: Sendable {
  /// The text of a template on the search path and the name to show for it; nil where there is none.
  func template(named name: String) throws(TemplateError) -> TemplateText?

  /// A file on the search path, decrypted where it is encrypted.
  func file(_ path: String) throws(TemplateError) -> FileContent

  /// The characters in an envelope of `ansible-vault`.
  func decrypted(_ envelope: String) throws(TemplateError) -> String

  /// A variable of the process environment; nil where it is not set.
  func environment(_ name: String) -> String?

  /// The files that match a shell pattern, sorted.
  func glob(_ pattern: String) -> [String]

  /// The results of a lookup that belongs to the model; nil for one that does not exist.
  func lookup(_ name: String, terms: [Value], options: ValueMap) throws(TemplateError) -> Value?

  /// What a file of a password is to hold, given its content without the white space at its end, or nil where there is
  /// no file; what differs from it is kept in the file.
  ///
  /// Nil where it would be kept, but only later.
  func keptPassword(_ path: String, content: (String?) -> String) throws(TemplateError) -> String?

  /// Whether lookups may run programs of the controller; where not, what they would say is unknown.
  var mayRunPrograms: Bool { get }
}

extension TemplateResources {
  package var mayRunPrograms: Bool { true }

  package func keptPassword(
    _ path: String, content: (String?) -> String
  ) throws(TemplateError) -> String? {
    content(nil)
  }
}

/// The text of a template file.
package struct TemplateText: Sendable {
  package let text: String
  /// What messages call it.
  package let name: String
  /// Whether it was encrypted: then everything made with it is secret.
  package let isSecret: Bool

  package init(_ text: String, name: String, isSecret: Bool = false) {
    self.text = text
    self.name = name
    self.isSecret = isSecret
  }
}

/// The bytes of a file of the controller.
package struct FileContent: Sendable {
  package let bytes: [UInt8]
  /// Whether it was encrypted.
  package let isSecret: Bool

  package init(_ bytes: [UInt8], isSecret: Bool = false) {
    self.bytes = bytes
    self.isSecret = isSecret
  }
}

extension TemplateResources {
  package func decrypted(_ envelope: String) throws(TemplateError) -> String {
    throw TemplateError(.plugin, "an encrypted value cannot be read here")
  }
}

/// Variables that are all known at once.
extension ValueMap: Variables {
  package func value(named name: String) throws(TemplateError) -> Value? { self[name] }

  package var names: [String] { keys.compactMap(\.string) }
}

/// Resources of a renderer that must not reach outside: nothing is there.
package struct NoResources: TemplateResources {
  package init() {}
  package func template(named name: String) throws(TemplateError) -> TemplateText? { nil }
  package func file(_ path: String) throws(TemplateError) -> FileContent {
    throw TemplateError(.plugin, "file `\(path)` cannot be read here")
  }
  package func environment(_ name: String) -> String? { nil }
  package func glob(_ pattern: String) -> [String] { [] }
  package func lookup(
    _ name: String, terms: [Value], options: ValueMap
  ) throws(TemplateError) -> Value? { nil }
}

/// The result of a condition.
package enum Truth: Sendable, Hashable {
  case yes, no
  /// It depends on something that is known only later.
  case unknown(Unknown)
}

/// A free variable that a template reads, found without rendering it.
package struct Reference: Sendable, Hashable {
  /// A constant attribute or subscript after the name.
  package enum Segment: Sendable, Hashable {
    case key(String)
    case index(Int)
  }

  /// The name of the variable.
  package var name: String
  /// The constant attributes and subscripts that follow, as far as they are constant.
  package var path: [Segment]
  /// The UTF-8 offset of the name within the template text.
  package var offset: Int
  /// Whether the template copes with the name not being there (`default`, `is defined`, or a
  /// condition that asked before).
  package var isGuarded: Bool
  /// Whether it is only read where something else says so: behind `and`, `or`, `if`, in a loop, as a default.
  package var isConditional: Bool

  package init(
    name: String, path: [Segment], offset: Int, isGuarded: Bool, isConditional: Bool = false
  ) {
    self.name = name
    self.path = path
    self.offset = offset
    self.isGuarded = isGuarded
    self.isConditional = isConditional
  }
}
