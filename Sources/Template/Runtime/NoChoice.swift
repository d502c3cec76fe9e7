/// What an inline `if` without `else` gives when its condition is false: it prints as nothing, counts
/// as undefined, and cannot be a result.
final class NoChoice: TemplateObject {
  var typeName: String { "Undefined" }
  func representation(in context: Context) throws -> String { "Undefined" }
  func elements(in context: Context) throws -> [Item]? { [] }
}
