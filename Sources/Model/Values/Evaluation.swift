import Diagnostics
import Schema
import Template
import YAML

extension WrittenTemplate {
  /// Renders the template to its native value.
  package func value(_ renderer: Renderer) throws(Diagnostic) -> Value {
    do {
      let value = try renderer.render(compiled)
      return isSecret ? value.concealed : value
    } catch {
      throw diagnostic(for: error)
    }
  }
}

extension CompiledCondition {
  /// Decides the condition.
  package func decide(_ renderer: Renderer) throws(Diagnostic) -> Truth {
    do {
      return try renderer.condition(template.compiled)
    } catch {
      throw template.diagnostic(for: error)
    }
  }
}

extension CompiledCondition {
  /// `{condition, holds}`, as parameters of the kind `conditions` take them.
  func outcome(_ renderer: Renderer) throws(Diagnostic) -> Value {
    let holds: Value =
      switch try decide(renderer) {
      case .yes: .bool(true)
      case .no: .bool(false)
      case .unknown(let unknown): .unknown(unknown)
      }
    return .dict(["condition": .string(text), "holds": holds])
  }
}

extension [CompiledCondition] {
  /// Whether all of them hold: the first that does not decides, otherwise what is not known does.
  package func all(_ renderer: Renderer) throws(Diagnostic) -> Truth {
    var doubt: Unknown?
    for condition in self {
      switch try condition.decide(renderer) {
      case .yes: continue
      case .no: return .no
      case .unknown(let unknown): doubt = doubt.map { $0.merging(unknown) } ?? unknown
      }
    }
    return doubt.map(Truth.unknown) ?? .yes
  }
}

extension TextSource {
  /// The text, rendered.
  package func text(_ renderer: Renderer) throws(Diagnostic) -> Resolved<Text> {
    guard let template else {
      return .known(Text(text, marks: span?.file.isSecret == true ? .secret : []))
    }
    let value = try template.value(renderer)
    if let unknown = value.deepUnknown { return .unknown(unknown) }
    let argument = Argument(value, span: span, path: "text")
    return .known(try Text(argument))
  }
}

extension Setting {
  /// The value, rendered and typed.
  package func value(_ renderer: Renderer) throws(Diagnostic) -> Resolved<T> {
    if let literal { return .known(literal) }
    guard let argument = try written.argument(renderer) else {
      throw Diagnostic(
        .error, "omitted-keyword", "`\(written.path)` cannot be omitted", at: written.span)
    }
    if let unknown = argument.value.deepUnknown { return .unknown(unknown) }
    return .known(try T(argument))
  }
}

extension ArgumentSource {
  /// The argument with its templates rendered; nil where its value is `omit`.
  package func argument(_ renderer: Renderer) throws(Diagnostic) -> Argument? {
    guard let value = try source.value(renderer) else { return nil }
    var argument = Argument(value, node: source.literalNode, span: span, path: path)
    if case .expression(let written) = source { argument.expression = written.compiled.source }
    return argument
  }
}

extension ValueSource {
  /// The node, as far as parameters may type a scalar from its source text: nil where a template was rendered.
  package var literalNode: Node? {
    switch self {
    case .literal(_, let node): node
    case .template, .encrypted, .conditions, .expression: nil
    case .list(_, let node): node
    case .dict(_, let node): node
    }
  }

  /// The value with its templates rendered; nil where the whole value is `omit`.
  package func value(_ renderer: Renderer) throws(Diagnostic) -> Value? {
    switch self {
    case .literal(let value, _): return value
    case .encrypted(let value, let node):
      do {
        return try renderer.render(value)
      } catch {
        throw Diagnostic(
          .error, error.name ?? "template-failed", error.message, at: node.span, help: error.hint)
      }
    case .template(let template):
      do {
        let value = try renderer.render(template.compiled)
        return template.isSecret ? value.concealed : value
      } catch  where error.kind == .omitted {
        return nil
      } catch {
        throw template.diagnostic(for: error)
      }
    case .list(let elements, _):
      var values: [Value] = []
      for element in elements {
        if let value = try element.value(renderer) { values.append(value) }
      }
      return .list(values)
    case .dict(let entries, _):
      var map = ValueMap()
      for (key, source) in entries {
        if let value = try source.value(renderer) { map[key] = value }
      }
      return .dict(map)
    case .conditions(let conditions):
      var outcomes: [Value] = []
      for condition in conditions { outcomes.append(try condition.outcome(renderer)) }
      return .list(outcomes)
    case .expression(let template): return try template.value(renderer)
    }
  }

  /// Every template inside, in the order of the text.
  package var templates: [WrittenTemplate] {
    switch self {
    case .literal, .encrypted: []
    case .template(let template): [template]
    case .list(let elements, _): elements.flatMap(\.templates)
    case .dict(let entries, _): entries.flatMap(\.value.templates)
    case .conditions(let conditions): conditions.map(\.template)
    case .expression(let template): [template]
    }
  }
}
