import Diagnostics
import OrderedCollections
import Schema
import Template
import YAML

/// Turns nodes into values and compiled templates; everything wrong goes into the bag, with its place.
struct SourceBuilder {
  var bag = DiagnosticBag()
  /// What was compiled before: roles and files of tasks are read many times.
  private var compiled: [Text: CompiledTemplate] = [:]

  private struct Text: Hashable {
    let text: String
    let syntax: TemplateSyntax
  }

  // MARK: Values with templates compiled

  /// A value as written, its templates compiled.
  mutating func source(_ node: Node) -> ValueSource {
    switch node.kind {
    case .scalar:
      if node.isEncrypted { return .encrypted(Value(node, trusted: true, into: &bag), node) }
      if node.hasTemplate, node.tag != "!unsafe" {
        return template(node).map(ValueSource.template) ?? .literal(.null, node)
      }
      return .literal(Value(node, trusted: true, into: &bag), node)
    case .sequence:
      guard node.tag != "!unsafe" else { return literal(node) }
      let elements = node.elements.map { source($0) }
      guard elements.contains(where: \.isComputed) else {
        return .literal(.list(elements.compactMap(\.literalValue)), node)
      }
      return .list(elements, node)
    case .mapping:
      guard node.tag != "!unsafe" else { return literal(node) }
      return dictionary(node)
    }
  }

  private mutating func literal(_ node: Node) -> ValueSource {
    .literal(Value(node, trusted: false, into: &bag), node)
  }

  private mutating func dictionary(_ node: Node) -> ValueSource {
    var entries: [(key: Value, value: ValueSource)] = []
    for (key, value) in node.pairs {
      guard key.kind == .scalar else {
        reportComplexKey(key)
        continue
      }
      entries.append((Value(key, trusted: false, into: &bag), source(value)))
    }
    guard entries.contains(where: \.value.isComputed) else {
      var map = ValueMap()
      for (key, value) in entries { map[key] = value.literalValue }
      return .literal(.dict(map), node)
    }
    return .dict(entries, node)
  }

  /// One argument, its templates compiled.
  mutating func argument(_ node: Node, path: String) -> ArgumentSource {
    ArgumentSource(source(node), span: node.span, path: path)
  }

  // MARK: Variables

  /// The value of a variable: texts in it stay as written, but every template is checked.
  mutating func variable(_ node: Node) -> Value {
    let errors = bag.errors.count
    let value = Value(node, trusted: true, into: &bag)
    if bag.errors.count == errors { checkTemplates(in: node) }
    return value
  }

  private mutating func checkTemplates(in node: Node) {
    guard node.tag != "!unsafe" else { return }
    switch node.kind {
    case .scalar: if node.hasTemplate, !node.isEncrypted { _ = template(node) }
    case .sequence: for element in node.elements { checkTemplates(in: element) }
    case .mapping: for pair in node.pairs { checkTemplates(in: pair.value) }
    }
  }

  /// A value of a variable that was not written as YAML: its texts that are templates are marked so, and checked.
  ///
  /// `span` is the place of the whole value.
  mutating func trusted(_ value: Value, at span: Span?) -> Value {
    switch value {
    case .text(let text) where text.string.hasTemplate:
      _ = compile(text.string, .value, at: TemplatePlace(nil, span: span))
      return value.marked(.template)
    case .list(let elements): return .list(elements.map { trusted($0, at: span) })
    case .dict(let map):
      return .dict(ValueMap(map.pairs.map { ($0.key, trusted($0.value, at: span)) }))
    case .null, .bool, .int, .bigInt, .float, .text, .unknown: return value
    }
  }

  // MARK: Templates and conditions

  /// The template in a scalar; nil when it cannot be parsed.
  mutating func template(_ node: Node) -> WrittenTemplate? {
    compile(node.text, .value, node: node, offset: 0)
  }

  /// A template that is all or a part of a scalar, from a UTF-8 offset of its text.
  mutating func compile(_ text: String, _ syntax: TemplateSyntax, node: Node?, offset: Int)
    -> WrittenTemplate?
  {
    compile(text, syntax, at: TemplatePlace(node, offset: offset))
  }

  /// A template at a place that is known already.
  mutating func compile(_ text: String, _ syntax: TemplateSyntax, at place: TemplatePlace)
    -> WrittenTemplate?
  {
    let key = Text(text: text, syntax: syntax)
    if let known = compiled[key] { return WrittenTemplate(known, at: place) }
    do {
      let template = try CompiledTemplate.compile(text, syntax: syntax)
      compiled[key] = template
      return WrittenTemplate(template, at: place)
    } catch {
      bag.add(templateDiagnostic(error, in: text, at: place, path: nil))
      return nil
    }
  }

  /// The conditions of `when` and its like: a text, a boolean, or a list of them.
  mutating func conditions(_ node: Node, keyword: String) -> [CompiledCondition] {
    guard !node.isEncrypted else {
      _ = text(node, keyword: keyword)
      return []
    }
    switch node.kind {
    case .sequence: return node.elements.flatMap { conditions($0, keyword: keyword) }
    case .mapping:
      bag.add(
        Diagnostic(
          .error, "keyword-type", "`\(keyword)` must be a condition, not a mapping",
          at: node.span, help: "quote a condition that has a colon in it"))
      return []
    case .scalar: return condition(node, keyword: keyword).map { [$0] } ?? []
    }
  }

  private mutating func condition(_ node: Node, keyword: String) -> CompiledCondition? {
    switch node.resolved(.ansible) {
    case .null: return nil
    case .bool(let flag):
      let place = TemplatePlace(nil, span: node.span)
      return compile(flag ? "true" : "false", .condition, at: place)
        .map { CompiledCondition($0, text: node.text) }
    case .int, .bigInt, .float:
      bag.add(
        Diagnostic(
          .error, "condition-not-boolean",
          "`\(keyword)` must give true or false, and this is a number", at: node.span,
          help: "compare it with something"))
      return nil
    case .string(let text):
      let (inner, offset) = withoutBraces(text, node, keyword)
      guard let inner else { return nil }
      return compile(inner, .condition, node: node, offset: offset)
        .map { CompiledCondition($0, text: text) }
    }
  }

  /// The expression of a condition that somebody wrote with `{{ }}` around it; nil after an error.
  private mutating func withoutBraces(_ text: String, _ node: Node, _ keyword: String)
    -> (text: String?, offset: Int)
  {
    guard node.hasTemplate else { return (text, 0) }
    let bare = trimmed(text[...])
    if bare.hasPrefix("{{"), bare.hasSuffix("}}"), !bare.dropFirst(2).contains("{{") {
      let inner = bare.dropFirst(2).dropLast(2)
      bag.add(
        Diagnostic(
          .warning, "condition-braces", "`\(keyword)` is an expression already", at: node.span,
          help: "write it without `{{ }}`: \(keyword): \(trimmed(inner))"))
      return (String(inner), text.utf8.distance(from: text.startIndex, to: inner.startIndex))
    }
    bag.add(
      Diagnostic(
        .error, "condition-braces", "`\(keyword)` is an expression, and `{{ }}` cannot be in it",
        at: node.span, help: "write the names without `{{ }}`"))
    return (nil, 0)
  }

  /// A bare expression; one with `{{ }}` around it is the expression inside.
  mutating func expression(_ node: Node, keyword: String) -> WrittenTemplate? {
    let (inner, offset) = withoutBraces(node.text, node, keyword)
    return inner.flatMap { compile($0, .condition, node: node, offset: offset) }
  }

  // MARK: Texts

  /// A text that may be a template; nil for anything but a scalar.
  mutating func text(_ node: Node, keyword: String) -> TextSource? {
    guard node.kind == .scalar else {
      bag.add(
        Diagnostic(
          .error, "keyword-type", "`\(keyword)` must be a text, not a \(node.kindName)",
          at: node.span))
      return nil
    }
    guard !node.isEncrypted else {
      bag.add(
        Diagnostic(
          .error, "encrypted-keyword", "`\(keyword)` cannot be encrypted itself", at: node.span,
          help: "encrypt a variable, and write its name in `{{ }}` here"))
      return nil
    }
    if node.hasTemplate, node.tag != "!unsafe" {
      return template(node).map { TextSource(node.text, template: $0, span: node.span) }
    }
    return TextSource(node.text, span: node.span)
  }

  /// A typed keyword; nil, and reported, where a literal does not fit.
  mutating func setting<T: ParameterType>(_ node: Node, _ type: T.Type, keyword: String)
    -> Setting<T>?
  {
    let written = argument(node, path: keyword)
    guard case .literal(let value, _) = written.source else {
      return Setting(literal: nil, written: written)
    }
    guard value != .null else { return nil }
    do throws(Diagnostic) {
      let literal = try T(Argument(value, node: node, path: keyword))
      return Setting(literal: literal, written: written)
    } catch {
      bag.add(error)
      return nil
    }
  }

  private mutating func reportComplexKey(_ key: Node) {
    bag.add(
      Diagnostic(
        .error, "complex-key",
        "a \(key.kindName) cannot be a key here", at: key.span,
        help: "use a text as the key, in quotes if it has special characters"))
  }
}

extension ValueSource {
  /// Whether a template, or something encrypted, is somewhere inside.
  var isComputed: Bool {
    if case .literal = self { false } else { true }
  }

  /// The value where there is no template inside.
  var literalValue: Value? {
    guard case .literal(let value, _) = self else { return nil }
    return value
  }
}

extension String {
  /// Whether there is template syntax in it.
  var hasTemplate: Bool { contains("{{") || contains("{%") || contains("{#") }
}

extension Node {
  /// What messages call the kind.
  var kindName: String {
    switch kind {
    case .scalar: "text"
    case .sequence: "list"
    case .mapping: "mapping"
    }
  }

  /// The characters of the file that the node was written with.
  var writtenText: String {
    let span = span
    return String(decoding: span.file.bytes[span.start..<span.end], as: UTF8.self)
  }
}
