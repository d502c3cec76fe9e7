import Diagnostics
import Schema

/// A value as a flag or a field takes it.
enum KubernetesValue {
  /// Why an argument is no value of a kind: `must be ...`; nil when it is one.
  static func objection(to argument: Argument, kind: String) -> String? {
    let text = argument.sourceText
    switch kind {
    case "bool": return bool(argument) == nil ? "must be true or false" : nil
    case "int": return text.flatMap { Int($0) } == nil ? "must be a whole number" : nil
    case "number": return text.flatMap { Double($0) } == nil ? "must be a number" : nil
    case "duration":
      return text.map(isDuration) == true
        ? nil : "must be a duration with a unit, such as 1h30m or 20s"
    case "quantity":
      return text.map(isQuantity) == true ? nil : "must be a quantity, such as 500m, 2Gi or 100Mi"
    case "ip":
      return text.map { $0.contains { ".:".contains($0) } && !$0.contains("/") } == true
        ? nil : "must be an address"
    case "string": return text == nil ? "must be a text" : nil
    case "list", "repeated", "list-of-string":
      return objection(toElementsOf: argument, kind: "string", isTextFine: kind != "list-of-string")
    case "list-of-int": return objection(toElementsOf: argument, kind: "int", isTextFine: false)
    case "map", "map-of-string", "map-of-bool":
      guard let entries = argument.entries else { return "must be a dictionary" }
      let inner = kind == "map-of-bool" ? "bool" : kind == "map-of-string" ? "string" : "any"
      return entries.lazy.compactMap { name, value in
        objection(to: value, kind: inner).map { "has `\(name)`, which \($0)" }
      }.first
    case "object", "pluginset": return argument.value.dict == nil ? "must be a dictionary" : nil
    case "objects": return argument.value.list == nil ? "must be a list" : nil
    default: return nil
    }
  }

  private static func objection(
    toElementsOf argument: Argument, kind: String, isTextFine: Bool
  ) -> String? {
    guard let elements = argument.elements else {
      return isTextFine && argument.sourceText != nil ? nil : "must be a list"
    }
    return elements.lazy.compactMap { element in
      objection(to: element, kind: kind).map { "has \(element.shown), which \($0)" }
    }.first
  }

  /// Whether a flag says true or false; nil when it says neither.
  static func bool(_ argument: Argument) -> Bool? {
    switch argument.sourceText?.lowercased() {
    case "true": true
    case "false": false
    default: nil
    }
  }

  /// Go's `time.ParseDuration`: numbers with units, of which `0` needs none.
  static func isDuration(_ text: String) -> Bool { seconds(text) != nil }

  /// How long a duration is, in seconds; nil when it is none.
  static func seconds(_ text: String) -> Double? {
    if text == "0" { return 0 }
    let units = ["h": 3600, "m": 60, "s": 1, "ms": 0.001, "us": 0.000_001, "ns": 0.000_000_001]
    var rest = text[...]
    var total = 0.0
    while !rest.isEmpty {
      let number = rest.prefix { $0.isNumber || $0 == "." }
      rest = rest.dropFirst(number.count)
      let unit = rest.prefix { $0.isLetter }
      rest = rest.dropFirst(unit.count)
      guard let count = Double(number), let factor = units[String(unit)] else { return nil }
      total += count * factor
    }
    return text.isEmpty ? nil : total
  }

  static func isQuantity(_ text: String) -> Bool { amount(text) != nil }

  /// A quantity of Kubernetes in its unit (cores, bytes); nil when it is none.
  static func amount(_ text: String) -> Double? {
    let number = text.prefix { $0.isNumber || $0 == "." || $0 == "-" }
    let factors: [String: Double] = [
      "": 1, "m": 0.001, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "Ki": 1024,
      "Mi": 1_048_576, "Gi": 1_073_741_824, "Ti": 1_099_511_627_776, "Pi": 1_125_899_906_842_624,
    ]
    guard let count = Double(number), let factor = factors[String(text.dropFirst(number.count))]
    else { return nil }
    return count * factor
  }
}

/// Mistakes of one task's arguments, told together.
struct Mistakes {
  private(set) var all: [Diagnostic] = []

  mutating func add(_ diagnostic: Diagnostic) { all.append(diagnostic) }

  /// Throws the first of them, with the others below it.
  func raise() throws(Diagnostic) {
    guard var first = all.first else { return }
    for other in all.dropFirst() {
      first.notes.append(other.message + (other.help.map { ": \($0)" } ?? ""))
    }
    throw first
  }
}
