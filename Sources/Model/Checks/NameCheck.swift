import Diagnostics
import Schema
import Template

/// Finds names that are not defined for some host of a play, wherever that is certain before the run.
///
/// Silent where it is not: names with a guard (`default`, `is defined`), tasks whose conditions do not hold, playbooks
/// that set names nobody can foresee.
struct NameCheck {
  private let play: Play
  private let hosts: [Host]
  private let store: VariableStore
  private let runtime: RuntimeNames
  private var found: [Diagnostic] = []
  private var reported: Set<Report> = []
  /// The hosts that lack a name outside of tasks, by name.
  private var missing: [String: [Host]] = [:]
  private var references: [String: [Reference]] = [:]

  private struct Report: Hashable {
    let name: String
    let span: Span?
  }

  init(play: Play, hosts: [Host], store: VariableStore, runtime: RuntimeNames) {
    self.play = play
    self.hosts = hosts
    self.store = store
    self.runtime = runtime
  }

  func run() -> [Diagnostic] {
    guard !hosts.isEmpty, !runtime.isOpen, play.laterVarsFiles.isEmpty else { return [] }
    var check = self
    for entry in (play.sections + [play.handlers]).joined() {
      check.visit(entry, Surroundings())
    }
    return check.found
  }

  // MARK: Where templates are

  /// What the inclusions around a task lend it.
  private struct Surroundings {
    /// Names of their loops.
    var locals: Set<String> = ["omit", "ansible_loop", "ansible_loop_var", "ansible_index_var"]
    /// What holds when the task is reached.
    var conditions: [CompiledCondition] = []
  }

  private mutating func visit(_ entry: TaskEntry, _ around: Surroundings) {
    var inner = around
    switch entry {
    case .task(let task): visit(task, around)
    case .block: break
    case .includeTasks(let include):
      let place = Place(include.keywords, include.loop, around, path: include.path)
      check(place, [include.file.template].compactMap(\.self))
      inner.locals = place.locals
      inner.conditions = place.conditions
    }
    for child in entry.children { visit(child, inner) }
  }

  private mutating func visit(_ task: Task, _ around: Surroundings) {
    var place = Place(task.keywords, task.loop, around, path: task.path)
    if let name = task.register { place.locals.insert(name.text) }
    var templates = task.arguments.sorted { $0.key < $1.key }.flatMap(\.value.source.templates)
    templates += [task.argumentsTemplate].compactMap(\.self)
    templates += task.notify.compactMap(\.template)
    templates += [task.changedWhen, task.failedWhen, task.until].compactMap(\.self).joined()
      .map(\.template)
    templates += task.keywords.environment.flatMap(\.source.templates)
    templates += [task.keywords.delegateTo?.template].compactMap(\.self)
    check(place, templates)
  }

  /// One task, and what is known there beyond the variables.
  private struct Place {
    let keywords: Keywords
    let loop: Loop?
    let path: String
    /// What must hold for the task to run: conditions of inclusions around, then its own.
    let conditions: [CompiledCondition]
    /// How many of the conditions were checked with the inclusions.
    let checked: Int
    var locals: Set<String>
    /// Names that a condition asked about before using them.
    var guarded: Set<String> = []

    init(_ keywords: Keywords, _ loop: Loop?, _ around: Surroundings, path: String) {
      self.keywords = keywords
      self.loop = loop
      self.path = path
      conditions = around.conditions + keywords.when
      checked = around.conditions.count
      locals = around.locals
      if let loop {
        locals.formUnion([loop.control.variable, loop.control.indexVariable ?? "item"])
      }
      for condition in conditions {
        for reference in condition.template.compiled.references where reference.isGuarded {
          guarded.insert(reference.name)
        }
      }
    }
  }

  private mutating func check(_ place: Place, _ templates: [WrittenTemplate]) {
    var before = Array(place.conditions.prefix(place.checked))
    for condition in place.keywords.when {
      check(condition.template, place, after: before)
      before.append(condition)
    }
    for template in (place.loop?.source.source.templates ?? []) + templates {
      check(template, place, after: before)
    }
  }

  // MARK: One template

  private mutating func check(
    _ template: WrittenTemplate, _ place: Place, after conditions: [CompiledCondition]
  ) {
    for reference in template.compiled.references where !reference.isGuarded {
      for gap in gaps(of: reference.name, place, via: []) {
        let span =
          template.place.span(of: reference.offset..<reference.offset + reference.name.utf8.count)
        report(gap, at: span, reference: reference.name, place, after: conditions)
      }
    }
  }

  /// A name that is not defined, for whom, and the variables on the way to it.
  private struct Gap {
    let name: String
    let hosts: [Host]
    let via: [(name: String, variable: Variable)]
  }

  /// The names that a name needs and some host lacks: itself, or those in the text of its value.
  private mutating func gaps(
    of name: String, _ place: Place, via: [(name: String, variable: Variable)]
  ) -> [Gap] {
    guard !place.locals.contains(name), !place.guarded.contains(name), !isAlwaysKnown(name),
      !via.contains(where: { $0.name == name })
    else { return [] }
    if let variable = place.keywords.scope?.variable(named: name, in: .roleDefaults ... .extraVars)
    {
      return gaps(in: variable, name, place, via: via)
    }
    let lacking = hostsWithout(name)
    if !lacking.isEmpty { return [Gap(name: name, hosts: lacking, via: via)] }
    guard let host = hosts.first,
      let variable = store.variables(for: host).variable(named: name)
    else { return [] }
    return gaps(in: variable, name, place, via: via)
  }

  private mutating func gaps(
    in variable: Variable, _ name: String, _ place: Place,
    via: [(name: String, variable: Variable)]
  ) -> [Gap] {
    var texts: [String] = []
    collectTemplates(in: variable.value, &texts)
    var found: [Gap] = []
    for text in texts {
      for reference in references(of: text) where !reference.isGuarded {
        found += gaps(of: reference.name, place, via: via + [(name, variable)])
      }
    }
    return found
  }

  private func collectTemplates(in value: Value, _ texts: inout [String]) {
    switch value {
    case .text(let text): if text.marks.contains(.template) { texts.append(text.string) }
    case .list, .dict, .null, .bool, .int, .bigInt, .float, .unknown: return
    }
  }

  private mutating func references(of text: String) -> [Reference] {
    if let known = references[text] { return known }
    let found = (try? CompiledTemplate.compile(text, syntax: .value))?.references ?? []
    references[text] = found
    return found
  }

  private mutating func hostsWithout(_ name: String) -> [Host] {
    if let known = missing[name] { return known }
    let lacking = hosts.filter { store.variables(for: $0).variable(named: name) == nil }
    missing[name] = lacking
    return lacking
  }

  private func isAlwaysKnown(_ name: String) -> Bool {
    runtime.names.contains(name) || name.hasPrefix("ansible_")
      || MagicName(rawValue: name) != nil || Self.builtins.contains(name)
  }

  /// Functions and names that every template has.
  private static let builtins: Set<String> = [
    "range", "dict", "lipsum", "cycler", "joiner", "namespace", "lookup", "query", "q", "now",
    "undef", "omit", "self", "loop", "true", "false", "none", "True", "False", "None", "vars",
    "environment", "role_name", "role_path", "role_names", "playbook_dir",
  ]

  // MARK: Reports

  private mutating func report(
    _ gap: Gap, at span: Span?, reference: String, _ place: Place,
    after conditions: [CompiledCondition]
  ) {
    let key = Report(name: gap.name, span: span)
    guard !reported.contains(key) else { return }
    let (severity, lacking) = verdict(gap.hosts, place, conditions)
    guard !lacking.isEmpty else { return }
    reported.insert(key)
    let known = store.variables(for: lacking[0], scope: place.keywords.scope).names
    let near = suggestion(
      for: gap.name, among: known + Array(runtime.names) + Array(place.locals))
    found.append(
      Diagnostic(
        severity, "undefined-name", message(gap, lacking), at: span,
        underline: gap.via.isEmpty ? near.map { "did you mean `\($0)`?" } : nil,
        labels: gap.via.compactMap { step in
          step.variable.origin.span.map { .init($0, "in the value of `\(step.name)`") }
        },
        help: help(gap, near), path: place.path))
  }

  private func message(_ gap: Gap, _ lacking: [Host]) -> String {
    var message = "`\(gap.name)` is not defined"
    if lacking.count < hosts.count {
      let shown = lacking.prefix(3).map(\.name).joined(separator: ", ")
      let rest = lacking.count - 3
      message += " for \(shown)" + (rest > 0 ? " and \(rest) more" : "")
    }
    if let first = gap.via.first { message += ", and `\(first.name)` needs it" }
    return message
  }

  private func help(_ gap: Gap, _ near: String?) -> String? {
    if !gap.via.isEmpty, let near { return "did you mean `\(near)`?" }
    return near == nil
      ? "set it in the inventory or the play, or give it a default: `\(gap.name) | default(...)`"
      : nil
  }

  /// An error where the conditions before certainly hold, a warning where that is only known later, nothing for hosts
  /// where they do not hold.
  private func verdict(_ hosts: [Host], _ place: Place, _ conditions: [CompiledCondition]) -> (
    Diagnostic.Severity, [Host]
  ) {
    guard !conditions.isEmpty else { return (.error, hosts) }
    var certain: [Host] = []
    var possible: [Host] = []
    for host in hosts {
      switch outcome(of: conditions, on: host, place) {
      case .yes: certain.append(host)
      case .no: continue
      case .unknown: possible.append(host)
      }
    }
    return certain.isEmpty ? (.warning, possible) : (.error, certain)
  }

  private func outcome(of conditions: [CompiledCondition], on host: Host, _ place: Place) -> Truth {
    let view = ForeseenVariables(
      variables: store.variables(for: host, play: play, scope: place.keywords.scope),
      later: runtime.names.union(place.locals))
    let renderer = Renderer(variables: view)
    do throws(Diagnostic) {
      return try conditions.all(renderer)
    } catch {
      return .unknown(Unknown("a condition that cannot be decided before the run"))
    }
  }
}

/// The variables of a host before the run: what the run sets, and facts, are not known yet.
struct ForeseenVariables: Variables {
  let variables: HostVariables
  /// Names that are set later.
  let later: Set<String>

  func value(named name: String) throws(TemplateError) -> Value? {
    if later.contains(name) { return .unknown(Unknown("`\(name)` is set while the play runs")) }
    if name == MagicName.facts.rawValue || name == MagicName.hostvars.rawValue {
      return .unknown(Unknown("facts are not known before the run"))
    }
    if let value = try variables.value(named: name) { return value }
    guard name.hasPrefix("ansible_") else { return nil }
    return .unknown(Unknown("facts are not known before the run"))
  }

  var names: [String] { variables.names }
}
