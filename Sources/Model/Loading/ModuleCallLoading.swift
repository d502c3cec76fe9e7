import Diagnostics
import Schema
import Template
import YAML

/// The module of a task, as it is written.
struct ModuleCall {
  /// As written, such as `ansible.builtin.copy`.
  let name: String
  let span: Span
  /// What stands behind the name; nil where the name alone was given.
  let value: Node?
  /// The UTF-8 offset in the text of `value` at which the arguments begin (after `action: copy `).
  let offset: Int
  /// Whether the entries of `value` hold `module` too, which is no argument.
  let isAction: Bool
  /// Written with `local_action`.
  let isLocal: Bool
}

extension LoadSession {
  /// What the loader itself understands, beside the modules.
  private static let inclusions: Set<String> = [
    "import_tasks", "include_tasks", "include", "import_role", "include_role", "import_playbook",
  ]

  /// The one module of a task; nil, and reported, when there is none or more than one.
  func moduleCall(_ entry: Entry, path: String) -> ModuleCall? {
    var calls: [ModuleCall] = []
    var unknown: [Entry.Word] = []
    for word in entry.words {
      if word.name == "action" || word.name == "local_action" {
        guard let call = actionCall(word, path: path) else { return nil }
        calls.append(call)
      } else if isModule(word.name) {
        calls.append(
          ModuleCall(
            name: word.name, span: word.key.span, value: word.value, offset: 0, isAction: false,
            isLocal: false))
      } else if !isKeyword(word.name, in: entry) {
        unknown.append(word)
      }
    }
    return choose(calls, unknown, entry, path: path)
  }

  private func isModule(_ name: String) -> Bool {
    Self.inclusions.contains(LanguageModules.plainName(name)) || modules.manual(name) != nil
  }

  /// `apply` counts where tasks are included.
  private func isKeyword(_ name: String, in entry: Entry) -> Bool {
    KeywordTable.task.contains(name) || KeywordTable.isLoop(name)
      || name == "apply"
        && entry.words.contains {
          $0.name.hasSuffix("include_tasks") || $0.name.hasSuffix("include_role")
        }
  }

  private func choose(
    _ calls: [ModuleCall], _ unknown: [Entry.Word], _ entry: Entry, path: String
  ) -> ModuleCall? {
    guard let call = calls.first else { return unknownCall(unknown, entry, path: path) }
    for word in unknown {
      reportUnknown(word, title: "task", known: KeywordTable.task, path: path)
    }
    if calls.count > 1 {
      let names = calls.map { "`\($0.name)`" }.joined(separator: " and ")
      report(
        "several-modules", "a task has one module, and this one has \(names)", at: calls[1].span,
        labels: [.init(call.span, "the first one")],
        help: "begin a new task with `- ` before the second", path: path)
      return nil
    }
    return call
  }

  /// Takes the first word that is not understood for the module, so that the names which the task sets stay known.
  private func unknownCall(_ unknown: [Entry.Word], _ entry: Entry, path: String) -> ModuleCall? {
    guard let word = unknown.first else {
      report(
        "no-module", "this task has no module", at: entry.node.span,
        help: "add what it is to do, such as `command: true`", path: path)
      return nil
    }
    for word in unknown.dropFirst() {
      reportUnknown(word, title: "task", known: KeywordTable.task, path: path)
    }
    noteUnknownModule(word.name, at: word.key.span, path: path)
    return ModuleCall(
      name: word.name, span: word.key.span, value: word.value, offset: 0, isAction: false,
      isLocal: false)
  }

  /// `action: copy src=a dest=b` or `action: {module: copy, src: a}`; the same for `local_action`.
  private func actionCall(_ word: Entry.Word, path: String) -> ModuleCall? {
    let isLocal = word.name == "local_action"
    switch word.value.kind {
    case .scalar:
      let text = word.value.text
      let name = text.prefix { !$0.isWhitespace }
      guard !name.isEmpty else {
        report("no-module", "`\(word.name)` names no module", at: word.key.span, path: path)
        return nil
      }
      let rest = text[name.endIndex...].drop(while: \.isWhitespace)
      let offset = text.utf8.distance(from: text.startIndex, to: rest.startIndex)
      return known(
        ModuleCall(
          name: String(name), span: word.value.span(ofContent: 0..<name.utf8.count),
          value: rest.isEmpty ? nil : word.value, offset: offset, isAction: true, isLocal: isLocal),
        path: path)
    case .mapping:
      guard let name = word.value["module"], name.kind == .scalar else {
        report(
          "no-module", "`\(word.name)` names no module", at: word.value.span,
          help: "add `module: NAME`", path: path)
        return nil
      }
      return known(
        ModuleCall(
          name: name.text, span: name.span, value: word.value, offset: 0, isAction: true,
          isLocal: isLocal), path: path)
    case .sequence:
      report("wrong-type", "`\(word.name)` is a text, found a list", at: word.value.span)
      return nil
    }
  }

  private func known(_ call: ModuleCall, path: String) -> ModuleCall? {
    guard !isModule(call.name) else { return call }
    noteUnknownModule(call.name, at: call.span, path: path)
    return call
  }

  // MARK: Arguments

  /// The arguments of a call and of `args`, by the names under which they were given.
  func arguments(of call: ModuleCall, args: Node?, path: String) -> (
    arguments: [String: ArgumentSource], template: WrittenTemplate?
  ) {
    var template: WrittenTemplate?
    var arguments: [String: ArgumentSource] = [:]
    if let args, !args.isNull {
      if args.kind == .mapping {
        arguments = named(args, call)
      } else if args.kind == .scalar, args.hasTemplate {
        template = builder.template(args)
      } else {
        report("wrong-type", "`args` is a mapping, found \(found(args))", at: args.span, path: path)
      }
    }
    guard let value = call.value else { return (arguments, template) }
    switch value.kind {
    case .mapping: arguments.merge(named(value, call)) { _, own in own }
    case .scalar:
      if value.isNull { break }
      if let whole = wholeTemplate(value, call) {
        template = whole
      } else {
        arguments.merge(freeForm(value, call, path: path)) { _, own in own }
      }
    case .sequence:
      report(
        "wrong-type", "the arguments of `\(call.name)` are a mapping, found a list",
        at: value.span, help: "write `name: value` for each parameter", path: path)
    }
    return (arguments, template)
  }

  private func named(_ node: Node, _ call: ModuleCall) -> [String: ArgumentSource] {
    var arguments: [String: ArgumentSource] = [:]
    for (key, value) in node.pairs {
      guard key.kind == .scalar else {
        report("complex-key", "a \(key.kindName) cannot be a key here", at: key.span)
        continue
      }
      if call.isAction, key.text == "module" { continue }
      arguments[key.text] = argument(value, key.text, call, keySpan: key.span)
    }
    return arguments
  }

  /// One argument, read as its parameter wants it.
  private func argument(
    _ node: Node, _ name: String, _ call: ModuleCall, keySpan: Span? = nil
  ) -> ArgumentSource {
    switch modules.manual(call.name)?.parameter(named: name)?.treatment {
    case .conditions where !node.isNull:
      let conditions = builder.conditions(node, keyword: name)
      return ArgumentSource(
        .conditions(conditions), span: node.span, keySpan: keySpan, path: name)
    case .expression where node.kind == .scalar && !node.isNull:
      guard let condition = builder.expression(node, keyword: name) else {
        return ArgumentSource(.literal(.null, node), span: node.span, keySpan: keySpan, path: name)
      }
      return ArgumentSource(
        .expression(condition), span: node.span, keySpan: keySpan, path: name)
    default:
      return ArgumentSource(builder.source(node), span: node.span, keySpan: keySpan, path: name)
    }
  }

  /// `copy: "{{ arguments }}"`: a whole template where a mapping is meant.
  private func wholeTemplate(_ node: Node, _ call: ModuleCall) -> WrittenTemplate? {
    guard call.offset == 0, modules.manual(call.name)?.freeForm == nil, node.hasTemplate else {
      return nil
    }
    let text = trimmed(node.text[...])
    guard text.hasPrefix("{{"), text.hasSuffix("}}") else { return nil }
    return builder.template(node)
  }

  /// Arguments in a text: `name=value` pairs, and for some modules a free text.
  private func freeForm(_ node: Node, _ call: ModuleCall, path: String)
    -> [String: ArgumentSource]
  {
    let text = String(Substring(node.text.utf8.dropFirst(call.offset)))
    let manual = modules.manual(call.name)
    let free = manual?.freeForm
    let form = FreeForm(text) { name in
      free == nil ? isIdentifier(name) : manual?.parameter(named: name) != nil && name != free
    }
    guard !form.isUnbalanced else {
      report(
        "unbalanced-quotes",
        "a quote or a template is not closed in the arguments of `\(call.name)`",
        at: node.span, help: "write the arguments as a mapping, one a line", path: path)
      return [:]
    }
    var arguments: [String: ArgumentSource] = [:]
    for pair in form.pairs {
      arguments[pair.name] = part(
        pair.value, node, call.offset + pair.valueRange.lowerBound, pair.name, call,
        keySpan: node.span(
          ofContent: call.offset + pair.nameRange.lowerBound..<call.offset
            + pair.nameRange.upperBound))
    }
    guard let rest = form.rest, manual != nil else { return arguments }
    guard let free else {
      let offset = call.offset + (form.restOffset ?? 0)
      report(
        "free-text", "module `\(call.name)` takes no free text",
        at: node.span(ofContent: offset..<offset + rest.utf8.count),
        help: "write `name: value` for each parameter", path: path)
      return arguments
    }
    arguments[free] =
      form.pairs.isEmpty && call.offset == 0
      ? argument(node, free, call)
      : part(rest, node, form.restOffset.map { $0 + call.offset }, free, call)
    return arguments
  }

  /// A part of a text as an argument; its offset is nil where the part was put together.
  private func part(
    _ text: String, _ node: Node, _ offset: Int?, _ name: String, _ call: ModuleCall,
    keySpan: Span? = nil
  ) -> ArgumentSource {
    let span = offset.map { node.span(ofContent: $0..<$0 + text.utf8.count) } ?? node.span
    let place = TemplatePlace(offset == nil ? nil : node, offset: offset ?? 0, span: span)
    return ArgumentSource(
      source(text, place, name, call), span: span, keySpan: keySpan, path: name)
  }

  private func source(_ text: String, _ place: TemplatePlace, _ name: String, _ call: ModuleCall)
    -> ValueSource
  {
    let bare = text.contains("{{") || text.contains("{%")
    switch modules.manual(call.name)?.parameter(named: name)?.treatment {
    case .conditions where !bare:
      let template = builder.compile(text, .condition, at: place)
      return .conditions(template.map { [CompiledCondition($0, text: text)] } ?? [])
    case .expression where !bare:
      return builder.compile(text, .condition, at: place).map(ValueSource.expression)
        ?? .literal(.null, nil)
    default:
      guard bare else {
        let isSecret = place.span?.file.isSecret == true
        return .literal(.string(text).marked(isSecret ? .secret : []), nil)
      }
      return builder.compile(text, .value, at: place).map(ValueSource.template)
        ?? .literal(.null, nil)
    }
  }
}
