import Schema

/// The state of one rendering: which text is being evaluated, its names, and what was written so far.
final class Context {
  let renderer: Renderer
  /// The text that sites refer to.
  private(set) var unit: Unit
  /// The names set by the templates.
  var scope: Scope
  /// The place to blame for the next failure.
  var site = Site.none
  /// What the statements have written.
  var output: [Item] = []
  /// The template run that blocks and `super` belong to.
  var run: TemplateRun
  /// Whether a secret text was met; only then results are searched for secrets.
  private(set) var sawSecret = false
  /// Whether a template that was encrypted took part: then all that comes of it is secret.
  private(set) var usesSecretTemplate = false
  /// How many secret texts were met; tells whether an operation met one.
  private(set) var secretCount = 0
  /// Whether an element that is undefined ends the call that asks for it.
  private(set) var refusesUndefined = false
  /// Random numbers, seeded where the renderer is.
  var random: RandomSource

  private var variables: [String: Item] = [:]
  /// The texts of variables being rendered, outermost first: meeting one again never ends.
  private var activeTexts: [ActiveText] = []
  private var depth = 0
  /// The host whose variables these are; empty for the one the template is rendered for.
  private let variableScope: String

  private struct ActiveText: Equatable {
    var scope: String
    var text: String
  }

  /// How deep macros, includes and values of variables may be nested.
  static let depthLimit = 100

  convenience init(_ renderer: Renderer, unit: Unit) {
    self.init(renderer, unit: unit, variableScope: "")
  }

  private init(_ renderer: Renderer, unit: Unit, variableScope: String) {
    self.renderer = renderer
    self.variableScope = variableScope
    self.unit = unit
    scope = Scope(parent: nil)
    run = TemplateRun(unit: unit, scope: scope)
    random = RandomSource(seed: renderer.seed)
  }

  /// Whether Ansible's semantics apply: chained undefined, native results, `omit`.
  var isAnsible: Bool { unit.syntax != .jinja }

  // MARK: Names

  func lookup(_ name: String, at site: Site) throws -> Item {
    if let item = scope.lookup(name) { return item }
    self.site = site
    if !scope.isIsolated, let item = try variable(name) { return item }
    if let function = builtin(name) { return function }
    return .undefined(Undefined(.name(name), unit: unit, site: site))
  }

  /// A variable of the renderer; nil where there is none.
  func variable(_ name: String) throws -> Item? {
    if let item = variables[name] { return item }
    if let scopes = renderer.variables.scopes(named: name) {
      let item = Item.dict(DictBox(lazy: .scopes(scopes, renderer)))
      variables[name] = item
      return item
    }
    guard let value = try renderer.variables.value(named: name) else { return nil }
    let item = try resolve(value)
    variables[name] = item
    return item
  }

  /// All names in reach, for suggestions.
  var names: [String] {
    var names: [String] = []
    var scope: Scope? = self.scope
    while let current = scope {
      names += current.names.keys
      scope = current.parent
    }
    return names + renderer.variables.names + GlobalFunction.names
  }

  // MARK: Values of variables

  /// Data as an item; a text marked as a template is rendered.
  func resolve(_ value: Value) throws -> Item {
    switch value {
    case .text(let text):
      if text.marks.contains(.secret) { noteSecret() }
      if text.marks.contains(.encrypted) { return .value(try renderer.decrypted(text)) }
      return text.marks.contains(.template) ? try render(text) : .value(value)
    case .list(let elements): return .list(ListBox(source: elements))
    case .dict(let map):
      if map.keys.contains(where: { $0.deepMarks.contains(.secret) }) { noteSecret() }
      return .dict(DictBox(source: map))
    default:
      if SecretNumbers.contains(value) { noteSecret() }
      return .value(value)
    }
  }

  func noteSecret() {
    sawSecret = true
    secretCount += 1
  }

  func noteSecretTemplate() {
    noteSecret()
    usesSecretTemplate = true
  }

  /// Renders the text of a variable, in the scope of all variables.
  func render(_ text: Text) throws -> Item {
    guard hasTemplateSyntax(text.string) else { return .value(.text(text)) }
    let active = ActiveText(scope: variableScope, text: text.string)
    if activeTexts.contains(active) {
      throw TemplateError(
        .recursion, "recursive loop: this template needs its own value", line: 0)
    }
    activeTexts.append(active)
    defer { activeTexts.removeLast() }
    let isSecret = text.marks.contains(.secret)
    let item = try enterText(text.string, shown: isSecret ? "[secret]" : text.string)
    return isSecret ? try item.concealed(in: self) : item
  }

  /// `shown`: what messages have for the text.
  private func enterText(_ text: String, shown: String) throws -> Item {
    let outer = (unit, site)
    do {
      let inner = try CompileCache.shared.unit(for: text)
      let item = try within(inner, scope: Scope(parent: nil)) {
        try runTemplate(inner, scope: scope)
      }
      guard case .undefined(let undefined) = item else { return item }
      return .undefined(reframed(undefined, text: shown, outer: outer))
    } catch let error as TemplateError {
      var error = error
      let frame = TemplateError.Frame(text: shown, line: error.line, offset: error.offset)
      error.frames.insert(frame, at: 0)
      error.line = 0
      error.offset = nil
      error.length = nil
      throw outer.0.located(error, at: outer.1)
    } catch Interrupt.undefined(let undefined) {
      return .undefined(reframed(undefined, text: shown, outer: outer))
    } catch Interrupt.unknown(let unknown) {
      return .value(.unknown(unknown))
    }
  }

  /// Data of another host, rendered over that host's variables.
  func rendered(_ value: Value, by renderer: Renderer, scope: String) throws -> Item {
    guard value.holdsTemplate else { return Item(data: value) }
    let inner = Context(renderer, unit: unit, variableScope: scope)
    inner.activeTexts = activeTexts
    inner.depth = depth
    inner.site = site
    do {
      return Item(data: try inner.exported(try inner.resolve(value)))
    } catch Interrupt.undefined(let undefined) {
      return .undefined(
        Undefined(undefined.reason, unit: unit, site: site, frames: undefined.frames))
    }
  }

  private func reframed(
    _ undefined: Undefined, text: String, outer: (unit: Unit, site: Site)
  ) -> Undefined {
    let unit = undefined.unit
    let frame = TemplateError.Frame(
      text: text, line: unit.source.line(of: undefined.site.start),
      offset: undefined.site.start >= 0
        ? unit.source.originalOffset(undefined.site.start) : nil)
    return Undefined(
      undefined.reason, unit: outer.unit, site: outer.site, frames: [frame] + undefined.frames)
  }

  // MARK: Nesting

  /// Runs something that belongs to another text; its errors are located there.
  func within<Result>(
    _ unit: Unit, scope: Scope, _ body: () throws -> Result
  ) throws -> Result {
    guard depth < Self.depthLimit else {
      throw TemplateError(
        .recursion, "templates are nested more than \(Self.depthLimit) levels deep", line: 0)
    }
    depth += 1
    let saved = (self.unit, self.scope, site, run, refusesUndefined)
    self.unit = unit
    self.scope = scope
    refusesUndefined = false
    defer {
      depth -= 1
      (self.unit, self.scope, site, run, refusesUndefined) = saved
    }
    do {
      return try body()
    } catch let error as TemplateError {
      throw unit.located(error, at: site)
    }
  }

  /// Runs a call; unless it copes with them, elements that are undefined end it.
  func calling<Result>(
    copesWithUndefined: Bool, _ body: () throws -> Result
  ) rethrows -> Result {
    let saved = refusesUndefined
    refusesUndefined = isAnsible && !copesWithUndefined
    defer { refusesUndefined = saved }
    return try body()
  }

  /// An element on its way to whoever asked for it.
  func admit(_ item: Item) throws -> Item {
    if refusesUndefined, case .undefined(let undefined) = item {
      throw Interrupt.undefined(undefined)
    }
    return item
  }

  /// Runs something with another scope of the same text.
  func scoped<Result>(_ scope: Scope, _ body: () throws -> Result) rethrows -> Result {
    let saved = self.scope
    self.scope = scope
    defer { self.scope = saved }
    return try body()
  }

  /// What statements write, as one item.
  func capture(_ body: () throws -> Void) throws -> Item {
    let saved = output
    output = []
    defer { output = saved }
    try body()
    return try concatenated(output)
  }

  func emit(_ item: Item) { output.append(item) }

  // MARK: Failures

  func fail(_ kind: TemplateError.Kind, _ message: String) -> TemplateError {
    TemplateError(kind, message, line: 0)
  }

  func undefined(_ reason: Undefined.Reason) -> Item {
    .undefined(Undefined(reason, unit: unit, site: site))
  }
}

/// Whether a text holds the start of an output, a statement or a comment, or sets its own delimiters.
func hasTemplateSyntax(_ text: String) -> Bool {
  var text = text
  return text.withUTF8 { bytes in
    var index = 0
    while index + 1 < bytes.count {
      if bytes[index] == 0x7B {
        let next = bytes[index + 1]
        if next == 0x7B || next == 0x25 || next == 0x23 { return true }
      }
      index += 1
    }
    return bytes.starts(with: overrideHeader)
  }
}

/// The first characters of a text that sets its own delimiters.
let overrideHeader: [UInt8] = Array("#jinja2:".utf8)
