import Diagnostics
import Schema

/// The flags of a component, checked against what its version knows.
struct ComponentFlags: Sendable {
  /// In the order they were given: names without dashes, and values as they stand after `=`.
  private(set) var all: [(name: String, value: String)] = []

  /// `--name=value`.
  var words: [String] { all.map { "--\($0.name)=\($0.value)" } }

  /// The values of a flag that is given; more than one only for those that are repeated.
  subscript(name: String) -> [String] { all.filter { $0.name == name }.map(\.value) }

  /// Reads a dictionary of names and values; null takes a flag away.
  init(
    _ argument: Argument, of component: KubernetesComponent, _ version: KubernetesVersion,
    accepted: Set<String>, into mistakes: inout Mistakes
  ) {
    guard let entries = argument.entries else {
      mistakes.add(argument.wrong("argument-type", "must be a dictionary of flags"))
      return
    }
    let known = version.flags(of: component)
    var names: Set<String> = []
    for (written, value) in entries where !value.isNull {
      let name = written.hasPrefix("--") ? String(written.dropFirst(2)) : written
      let problem =
        names.insert(name).inserted
        ? Self.problem(name, value, kind: known[name], component, version)
        : value.wrong("kubernetes-flag", "is given twice")
      if let problem {
        mistakes.add(problem)
      } else {
        add(name, value, kind: known[name] ?? "string")
      }
    }
    for rule in FlagRule.all
    where rule.components.contains(component) && !accepted.contains(rule.name) {
      guard
        let entry = entries.first(where: { $0.name == rule.flag || $0.name == "--\(rule.flag)" })
      else { continue }
      guard let reason = rule.objection(self[rule.flag].joined(separator: ","), version) else {
        continue
      }
      mistakes.add(
        entry.argument.wrong(
          "kubernetes-advice", reason.message,
          help: "\(reason.help); or, knowing that, `accept: [\(rule.name)]`"))
    }
  }

  /// Sets a flag that the module itself decides.
  mutating func set(_ name: String, _ value: String) {
    all.removeAll { $0.name == name }
    all.append((name, value))
  }

  private mutating func add(_ name: String, _ value: Argument, kind: String) {
    switch kind {
    case "bool":
      all.append((name, KubernetesValue.bool(value) == true ? "true" : "false"))
    case "repeated":
      for element in value.elements ?? [value] { all.append((name, element.sourceText ?? "")) }
    case "list":
      let texts = value.elements.map { $0.compactMap(\.sourceText) } ?? [value.sourceText ?? ""]
      all.append((name, texts.joined(separator: ",")))
    case "map":
      let texts = (value.entries ?? []).map { name, value in
        "\(name)=\(KubernetesValue.bool(value).map { $0 ? "true" : "false" } ?? value.sourceText ?? "")"
      }
      all.append((name, texts.joined(separator: ",")))
    default: all.append((name, value.sourceText ?? ""))
    }
  }

  private static func problem(
    _ name: String, _ value: Argument, kind: String?, _ component: KubernetesComponent,
    _ version: KubernetesVersion
  ) -> Diagnostic? {
    guard let kind else { return unknown(name, value, component, version) }
    if kind == "field" {
      let field = camelCase(name)
      let isField = version.fields(of: component)[field] != nil
      return value.wrong(
        "kubernetes-flag",
        "is set by the configuration of \(component.rawValue), which a flag would override",
        help: "write it into `config`" + (isField ? ": `\(field)`" : ""))
    }
    if value.isSecret {
      return value.wrong(
        "kubernetes-flag", "is a secret, and flags can be read by everybody on the host",
        help: "put it into a file, and name the file")
    }
    if let objection = KubernetesValue.objection(to: value, kind: kind) {
      return value.wrong("kubernetes-flag", "\(objection), not \(value.shown)")
    }
    if name == "feature-gates" { return gates(value, version) }
    return nil
  }

  private static func unknown(
    _ name: String, _ value: Argument, _ component: KubernetesComponent,
    _ version: KubernetesVersion
  ) -> Diagnostic {
    let known = version.flags(of: component)
    if let advice = FlagRule.gone[name] {
      return value.wrong(
        "kubernetes-flag", "is no flag of \(component.rawValue) \(version)", help: advice)
    }
    if let removal = version.removal(of: name, from: { $0.flags[component] }) {
      return value.wrong(
        "kubernetes-flag", "was removed from \(component.rawValue) with \(removal)",
        help: "leave it out: with it \(component.rawValue) does not start")
    }
    if let arrival = version.arrival(of: name, in: { $0.flags[component] }) {
      return value.wrong(
        "kubernetes-flag", "is known from \(arrival) on, and this is \(version)",
        help: "leave it out: with it \(component.rawValue) does not start")
    }
    return value.wrong(
      "kubernetes-flag", "is no flag of \(component.rawValue) \(version)",
      help: suggestion(for: name, among: known.keys.sorted()).map { "did you mean `\($0)`?" })
  }

  /// Refuses gates that this version does not have, or does not let anybody change: the component would not start.
  static func gates(_ argument: Argument, _ version: KubernetesVersion) -> Diagnostic? {
    let known = version.gates
    var mistakes = Mistakes()
    for (name, value) in argument.entries ?? [] {
      guard let kind = known[name] else {
        let removal = version.removal(of: name, from: \.gates)
        let arrival = version.arrival(of: name, in: \.gates)
        mistakes.add(
          value.wrong(
            "kubernetes-gate",
            removal.map { "was removed with \($0)" }
              ?? arrival.map { "is known from \($0) on, and this is \(version)" }
              ?? "is no feature gate of \(version)",
            help: suggestion(for: name, among: known.keys.sorted()).map { "did you mean `\($0)`?" }
              ?? "leave it out: with it nothing starts"))
        continue
      }
      guard let wish = KubernetesValue.bool(value) else {
        mistakes.add(value.wrong("kubernetes-gate", "must be true or false"))
        continue
      }
      if kind != "free", kind != "locked-\(wish)" {
        mistakes.add(
          value.wrong(
            "kubernetes-gate", "is \(!wish) for good in \(version)", help: "leave it out"))
      }
    }
    do throws(Diagnostic) { try mistakes.raise() } catch { return error }
    return nil
  }

  /// `max-pods` as `maxPods`.
  static func camelCase(_ name: String) -> String {
    let parts = name.split(separator: "-")
    return String(parts.first ?? "")
      + parts.dropFirst().map { $0 == "dns" ? "DNS" : $0.capitalized }.joined()
  }
}

extension Substring {
  fileprivate var capitalized: String { prefix(1).uppercased() + dropFirst() }
}
