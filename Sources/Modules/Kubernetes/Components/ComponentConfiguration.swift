import Diagnostics
import Schema

/// The configuration file of a component, checked against what its version knows.
struct ComponentConfiguration: Sendable {
  let component: KubernetesComponent
  /// Typed as the fields are: numbers are numbers, whatever they were written as.
  private(set) var values: ValueMap

  /// Kinds of Kubernetes 1.31 to 1.36; `v1beta2` and `v1beta3` of the scheduler's are gone (1.28, 1.29).
  private static let kinds: [KubernetesComponent: (version: String, kind: String)] = [
    .kubelet: ("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration"),
    .kubeProxy: ("kubeproxy.config.k8s.io/v1alpha1", "KubeProxyConfiguration"),
    .kubeScheduler: ("kubescheduler.config.k8s.io/v1", "KubeSchedulerConfiguration"),
  ]

  init(
    _ argument: Argument, of component: KubernetesComponent, _ version: KubernetesVersion,
    into mistakes: inout Mistakes
  ) {
    self.component = component
    let reader = FieldReader(
      component: component, version: version, known: version.fields(of: component))
    for (name, expected) in [
      ("apiVersion", Self.kinds[component]?.version), ("kind", Self.kinds[component]?.kind),
    ] {
      guard let given = argument.value[name], given.string != expected else { continue }
      mistakes.add(
        argument.wrong(
          "kubernetes-field", "has \(name) `\(given.string ?? "")`",
          help: "\(version) reads \(expected ?? ""); it need not be given"))
    }
    values = reader.object(argument, at: "", into: &mistakes)
  }

  /// A field by its path: `authentication.anonymous.enabled`.
  subscript(path: String) -> Value? {
    path.split(separator: ".").reduce(Value.dict(values)) { value, name in value?[String(name)] }
  }

  /// Sets a field at the top.
  mutating func set(_ name: String, _ value: Value) { values[name] = value }

  /// The whole file.
  var text: String {
    guard let kind = Self.kinds[component] else { return "" }
    return """
      # Written by spile; what is changed here by hand is set back.
      apiVersion: \(kind.version)
      kind: \(kind.kind)

      """ + ConfigurationText.text(values)
  }
}

/// Reads fields, and says of each that is not one what is wrong.
private struct FieldReader {
  let component: KubernetesComponent
  let version: KubernetesVersion
  let known: [String: String]

  func object(_ argument: Argument, at prefix: String, into mistakes: inout Mistakes) -> ValueMap {
    guard let entries = argument.entries else {
      mistakes.add(argument.wrong("kubernetes-field", "must be a dictionary"))
      return ValueMap()
    }
    var map = ValueMap()
    for (name, value) in entries where !value.isNull {
      let path = prefix + name
      if ["apiVersion", "kind"].contains(path) { continue }
      guard let kind = known[path] else {
        mistakes.add(unknown(path, prefix, name, value))
        continue
      }
      if value.isSecret {
        mistakes.add(
          value.wrong("kubernetes-field", "is a secret, and the file can be read by everybody"))
        continue
      }
      map[name] = read(value, kind: kind, at: path, into: &mistakes)
    }
    return map
  }

  private func read(
    _ value: Argument, kind: String, at path: String, into mistakes: inout Mistakes
  ) -> Value {
    if let objection = KubernetesValue.objection(to: value, kind: kind) {
      mistakes.add(value.wrong("kubernetes-field", "\(objection), not \(value.shown)"))
      return .null
    }
    switch kind {
    case "object": return .dict(object(value, at: path + ".", into: &mistakes))
    case "objects" where known[path + "[]"] == "object":
      return .list(
        (value.elements ?? []).map { .dict(object($0, at: path + "[].", into: &mistakes)) })
    case "map-of-bool":
      if path == "featureGates", let mistake = ComponentFlags.gates(value, version) {
        mistakes.add(mistake)
      }
      return mapped(value) { .bool(KubernetesValue.bool($0) == true) }
    case "map-of-string": return mapped(value) { .string($0.sourceText ?? "") }
    case "list-of-string":
      return .list((value.elements ?? []).map { .string($0.sourceText ?? "") })
    case "list-of-int":
      return .list((value.elements ?? []).map { .int(Int($0.sourceText ?? "") ?? 0) })
    case "bool": return .bool(KubernetesValue.bool(value) == true)
    case "int": return .int(Int(value.sourceText ?? "") ?? 0)
    case "number": return .float(Double(value.sourceText ?? "") ?? 0)
    case "string", "duration", "quantity": return .string(value.sourceText ?? "")
    default: return value.value
    }
  }

  private func mapped(_ value: Argument, _ read: (Argument) -> Value) -> Value {
    .dict(ValueMap((value.entries ?? []).map { (.string($0.name), read($0.argument)) }))
  }

  private func unknown(
    _ path: String, _ prefix: String, _ name: String, _ value: Argument
  ) -> Diagnostic {
    if let advice = FieldRule.gone[component]?[path] {
      return value.wrong("kubernetes-field", "is no field of \(version)", help: advice)
    }
    let names: (KubernetesRelease) -> KubernetesNames? = { $0.fields[component] }
    if let removal = version.removal(of: path, from: names) {
      return value.wrong(
        "kubernetes-field", "was removed with \(removal)",
        help: "leave it out: with it \(component.rawValue) does not start")
    }
    if let arrival = version.arrival(of: path, in: names) {
      return value.wrong(
        "kubernetes-field", "is known from \(arrival) on, and this is \(version)",
        help: "leave it out: with it \(component.rawValue) does not start")
    }
    let siblings = known.keys.filter {
      $0.hasPrefix(prefix) && !$0.dropFirst(prefix.count).contains(".")
    }.map { String($0.dropFirst(prefix.count)) }
    let near =
      suggestion(for: ComponentFlags.camelCase(name), among: siblings.sorted())
      ?? siblings.first { $0 == ComponentFlags.camelCase(name) }
    return value.wrong(
      "kubernetes-field", "is no field of the configuration of \(component.rawValue) \(version)",
      help: near.map { "did you mean `\($0)`?" })
  }
}
