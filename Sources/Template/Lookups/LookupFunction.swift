import OrderedCollections
import Schema

/// `lookup(...)` and `query(...)`.
final class LookupFunction: TemplateObject {
  private let wantsList: Bool

  init(wantsList: Bool) { self.wantsList = wantsList }

  var typeName: String { "function" }
  var isCallable: Bool { true }

  func call(_ arguments: CallArguments, in context: Context) throws -> Item {
    guard let first = arguments.positional.first else {
      throw context.fail(.type, "`lookup` needs the name of a lookup")
    }
    let name = try context.text(first, "the name of a lookup")
    var options = arguments.keywords
    var wantsList = wantsList
    if let flag = arguments.keyword("wantlist") {
      wantsList = try context.isTrue(flag) || wantsList
    }
    let errors = try arguments.keyword("errors").map(context.string) ?? "strict"
    options.removeAll { $0.name == "wantlist" || $0.name == "errors" }
    var terms = Array(arguments.positional.dropFirst())
    for index in terms.indices { terms[index] = try rendered(terms[index], in: context) }
    for item in terms + options.map(\.value) {
      if case .undefined = item { return item }
      if item.unknown != nil { return item }
    }
    let plain = unqualified(name, Filter.collections)
    if !context.renderer.resources.mayRunPrograms, Lookups.running.contains(plain) {
      return .value(.unknown(Unknown("a program of the controller")))
    }
    do {
      let call = LookupCall(context: context, terms: terms, options: options)
      let result = try Lookups.run(plain, call)
      return try shaped(result, wantsList: wantsList, in: context)
    } catch let error as TemplateError where error.kind != .unknownPlugin {
      if errors == "ignore" || errors == "warn" { return wantsList ? .items([]) : .null }
      guard error.line == 0 else { throw error }
      var error = error
      if error.kind != .undefined { error.kind = .plugin }
      error.message = "lookup `\(name)`: \(error.message)"
      throw error
    }
  }

  /// A constant with template syntax inside is rendered, as Ansible still does for lookups.
  private func rendered(_ term: Item, in context: Context) throws -> Item {
    switch term {
    case .value(.text(let text)) where text.marks.contains(.template):
      return try context.render(text)
    case .tuple(let items): return .tuple(try items.map { try rendered($0, in: context) })
    default: return term
    }
  }

  /// One result stands alone, several texts are joined with commas, unless a list is wanted.
  private func shaped(_ result: [Item], wantsList: Bool, in context: Context) throws -> Item {
    if wantsList { return .items(result) }
    switch result.count {
    case 0: return .items([])
    case 1: return result[0]
    default:
      let texts = result.compactMap(\.string)
      guard texts.count == result.count else { return .items(result) }
      return .text(texts.joined(separator: ","))
    }
  }
}

/// What a lookup was asked.
struct LookupCall {
  let context: Context
  let terms: [Item]
  let options: [(name: String, value: Item)]

  func option(_ name: String) -> Item? { options.first { $0.name == name }?.value }

  func fail(_ message: String) -> TemplateError { TemplateError(.plugin, message, line: 0) }

  /// The terms as texts.
  func texts() throws -> [String] { try terms.map { try context.text($0, "a lookup term") } }

  /// The first word of a term and the `key=value` options after it.
  func termWithOptions(_ term: String) throws -> (term: String, options: [String: String]) {
    var options: [String: String] = [:]
    var words: [String] = []
    for word in PythonText.split(term, separator: " ") where !word.isEmpty {
      if let equal = word.firstIndex(of: "="), !words.isEmpty {
        options[String(word[..<equal])] = String(word[word.index(after: equal)...])
      } else {
        words.append(word)
      }
    }
    for (name, value) in self.options { options[name] = try context.string(value) }
    return (words.joined(separator: " "), options)
  }

  /// A file on the search path as text; whoever reads one that was encrypted has met a secret.
  func file(_ path: String) throws -> (text: String, isSecret: Bool) {
    let content = try context.renderer.resources.file(path)
    if content.isSecret { context.noteSecret() }
    return (String(decoding: content.bytes, as: UTF8.self), content.isSecret)
  }
}
