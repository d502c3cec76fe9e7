import Schema

/// A method of a built-in type; the object is the first argument.
struct Method: Sendable {
  let name: String
  let signature: Signature
  let body: @Sendable (PluginCall) throws -> Item

  init(
    _ name: String, _ parameters: StaticString,
    _ body: @escaping @Sendable (PluginCall) throws -> Item
  ) {
    self.name = name
    signature = Signature(parameters)
    self.body = body
  }

  static let dict = index(dictMethods)
  private static let list = index(listMethods)
  private static let tuple = index(listMethods.filter { ["index", "count"].contains($0.name) })
  private static let text = index(textMethods + textPredicates + textPlacing)
  private static let int = index(integerMethods)
  private static let float = index(floatMethods)

  private static func index(_ methods: [Method]) -> [String: Method] {
    Dictionary(methods.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The methods of the type of an item.
  static func table(for item: Item) -> [String: Method] {
    switch item {
    case .dict: dict
    case .list: list
    case .tuple: tuple
    case .value(.text): text
    case .value(.int), .value(.bigInt), .value(.bool): int
    case .value(.float): float
    default: [:]
    }
  }
}
