import Diagnostics
import Schema
import Template

/// Which names are missing, and for whom.
extension NameWalk {
  /// Checks the conditions of a place, each after those before it, then its loop and its templates.
  func check(_ place: Place, _ templates: [WrittenTemplate], skippingConditions: Bool = false) {
    guard !hosts.isEmpty else { return }
    if !skippingConditions {
      for number in place.inheritedConditions..<place.conditions.count {
        let before = Array(place.conditions[..<number])
        check(place.conditions[number].template, place, after: before)
      }
      for template in place.loop?.source.source.templates ?? [] {
        check(template, place, after: place.conditions, isLoop: true)
      }
    }
    for template in templates { check(template, place, after: place.conditions) }
  }

  /// Checks one template that is rendered where the conditions before it hold.
  func check(
    _ template: WrittenTemplate, _ place: Place, after conditions: [CompiledCondition],
    isLoop: Bool = false
  ) {
    for reference in references(of: template) {
      checkEncrypted(reference, usedAt: template.span, place, after: conditions)
    }
    for reference in references(of: template) where !reference.isGuarded {
      guard !place.locals.contains(reference.name), !place.guarded.contains(reference.name) else {
        continue
      }
      var gaps: [(gap: Gap, hosts: [Host])] = []
      for (number, sample) in samples.enumerated() {
        for gap in self.gaps(of: reference, place, sample, number) {
          if let index = gaps.firstIndex(where: { $0.gap == gap }) {
            gaps[index].hosts.append(sample)
          } else {
            gaps.append((gap, [sample]))
          }
        }
      }
      for (gap, samples) in gaps {
        confirm(gap, samples, reference, template, place, conditions, isLoop: isLoop)
      }
    }
  }

  // MARK: One name

  private func gaps(of reference: Reference, _ place: Place, _ host: Host, _ number: Int) -> [Gap] {
    var key: String?
    if case .key(let text)? = reference.path.first { key = text }
    let wantsKey = [MagicName.groups, .hostvars, .facts].contains { $0.rawValue == reference.name }
    let cacheKey = GapKey(
      scope: place.keywords.scope.map(ObjectIdentifier.init), name: reference.name,
      key: wantsKey ? key : nil, sample: number)
    let all: [Gap]
    if let known = gapCache[cacheKey] {
      all = known
    } else {
      var search = GapSearch(
        walk: self, host: host, scope: place.keywords.scope, locals: place.locals)
      search.visit(reference.name, key: key, isConditional: false)
      all = search.found
      gapCache[cacheKey] = all
    }
    guard !all.isEmpty else { return [] }
    return all.compactMap { gap in
      guard !place.guarded.contains(gap.name) || gap.kind != .name,
        !place.locals.contains(gap.name),
        !flow.mayHave(gap.name, on: self.number(of: host))
      else { return nil }
      return Gap(
        kind: gap.kind, name: gap.name, via: gap.via, viaNames: gap.viaNames,
        isConditional: gap.isConditional || reference.isConditional)
    }
  }
}

/// Follows a name into the values of variables, down to names that nobody has set.
private struct GapSearch {
  let walk: NameWalk
  let host: Host
  let scope: VariableScope?
  let locals: Set<String>
  var found: [Gap] = []
  private var way: [(name: String, variable: Variable)] = []
  private var seen: Set<String> = []
  /// How many values around are lists or dictionaries, of which only parts may be used.
  private var parts = 0

  init(walk: NameWalk, host: Host, scope: VariableScope?, locals: Set<String>) {
    self.walk = walk
    self.host = host
    self.scope = scope
    self.locals = locals
  }

  mutating func visit(_ name: String, key: String?, isConditional: Bool) {
    if let magic = MagicName(rawValue: name) {
      visit(magic, key, isConditional)
      return
    }
    guard !Self.builtins.contains(name), !locals.contains(name) else { return }
    guard
      let variable = walk.store.variables(for: host, play: walk.play, scope: scope)
        .variable(named: name)
    else {
      lack(name, isConditional)
      return
    }
    if way.contains(where: { $0.name == name }) {
      if parts == 0 { add(.cycle, name, isConditional) }
      return
    }
    guard seen.insert(name).inserted else { return }
    let isPart = variable.value.string == nil
    let texts = templates(in: variable)
    guard !texts.isEmpty else { return }
    way.append((name, variable))
    if isPart { parts += 1 }
    for reference in texts.flatMap(walk.references(of:)) {
      let isConditional = isConditional || reference.isConditional || isPart
      if reference.isGuarded {
        if reference.name == name, parts == 0 { add(.cycle, name, isConditional) }
        continue
      }
      var key: String?
      if case .key(let text)? = reference.path.first { key = text }
      visit(reference.name, key: key, isConditional: isConditional)
    }
    if isPart { parts -= 1 }
    way.removeLast()
  }

  /// The templates in the value of a variable: itself, or the texts inside.
  private func templates(in variable: Variable) -> [String] {
    if case .text(let text) = variable.value {
      return text.marks.contains(.template) ? [text.string] : []
    }
    guard let span = variable.origin.span else { return [] }
    if let known = walk.inner[span] { return known }
    var texts: [String] = []
    variable.value.collectTemplates(&texts)
    walk.inner[span] = texts
    return texts
  }

  private mutating func lack(_ name: String, _ isConditional: Bool) {
    if FactNames.isFact(name) {
      if FactNames.suggestion(forVariable: name) != nil { add(.fact, name, isConditional) }
    } else if !name.hasPrefix("ansible_") {
      add(.name, name, isConditional)
    } else if FactNames.suggestion(forVariable: name) != nil {
      add(.fact, name, isConditional)
    }
  }

  private mutating func visit(_ magic: MagicName, _ key: String?, _ isConditional: Bool) {
    guard let key, !Self.methods.contains(key) else { return }
    switch magic {
    case .groups where walk.inventory.group(named: key) == nil && !walk.groups.mayBeMade(key):
      add(.group, key, isConditional)
    case .hostvars
    where walk.inventory.host(named: key) == nil
      && walk.inventory.implicitLocalhost(key) == nil && !walk.groups.mayBeMade("*"):
      add(.host, key, isConditional)
    case .facts where FactNames.suggestion(for: key) != nil: add(.fact, key, isConditional)
    default: return
    }
  }

  private mutating func add(_ kind: Gap.Kind, _ name: String, _ isConditional: Bool) {
    found.append(
      Gap(
        kind: kind, name: name, via: way.map(\.variable), viaNames: way.map(\.name),
        isConditional: isConditional))
  }

  /// What dictionaries can do: `groups.items()` names no group.
  private static let methods: Set<String> = [
    "items", "keys", "values", "get", "copy", "pop", "update", "setdefault", "fromkeys",
  ]

  /// Names that every template has.
  private static let builtins: Set<String> = [
    "range", "dict", "lipsum", "cycler", "joiner", "namespace", "lookup", "query", "q", "now",
    "undef", "omit", "self", "loop", "true", "false", "none", "True", "False", "None", "vars",
    "environment", "role_name", "role_path", "role_names", "playbook_dir",
  ]
}

extension Value {
  /// Every template inside.
  fileprivate func collectTemplates(_ texts: inout [String]) {
    switch self {
    case .text(let text): if text.marks.contains(.template) { texts.append(text.string) }
    case .list(let elements): for element in elements { element.collectTemplates(&texts) }
    case .dict(let map): for (_, value) in map.pairs { value.collectTemplates(&texts) }
    case .null, .bool, .int, .bigInt, .float, .unknown: return
    }
  }
}
