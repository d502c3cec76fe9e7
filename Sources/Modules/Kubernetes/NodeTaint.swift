import Diagnostics
import Schema

/// A taint of a node: pods that do not tolerate it stay away, or have to go.
struct NodeTaint: ParameterType, Hashable, CustomStringConvertible {
  static let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"]
  static let typeDescription = "taint"

  var key: String
  var value: String
  var effect: String

  /// `dedicated=gpu:NoSchedule`; without a value `dedicated:NoSchedule`.
  var description: String { value.isEmpty ? name : "\(key)=\(value):\(effect)" }
  /// What it is known by: there is one taint for a key and an effect.
  var name: String { "\(key):\(effect)" }

  init(key: String, value: String, effect: String) {
    self.key = key
    self.value = value
    self.effect = effect
  }

  /// A taint as the API server has it.
  init?(_ value: Value) {
    guard let key = value["key"]?.string, let effect = value["effect"]?.string else { return nil }
    self.init(key: key, value: value["value"]?.string ?? "", effect: effect)
  }

  init(_ argument: Argument) throws(Diagnostic) {
    let help = "write `key=value:NoSchedule`, or a dictionary with `key`, `value` and `effect`"
    if let entries = argument.entries {
      let known = Set(["key", "value", "effect"])
      if let other = entries.first(where: { !known.contains($0.name) }) {
        throw other.argument.wrong("node-taint", "is no part of a taint", help: help)
      }
      let texts = Dictionary(
        entries.map { ($0.name, $0.argument.sourceText ?? "") }, uniquingKeysWith: { $1 })
      self.init(
        key: texts["key"] ?? "", value: texts["value"] ?? "", effect: texts["effect"] ?? "")
    } else {
      let text = argument.sourceText ?? ""
      let (left, effect) =
        text.halves(at: ":").map { (String($0.before), String($0.after)) } ?? (text, "")
      let (key, value) =
        left.halves(at: "=").map { (String($0.before), String($0.after)) } ?? (left, "")
      self.init(key: key, value: value, effect: effect)
    }
    guard Self.effects.contains(effect) else {
      throw argument.wrong(
        "node-taint", "has no effect of \(Self.effects.joined(separator: ", "))", help: help)
    }
    guard NodeLabels.isKey(key), NodeLabels.isValue(value) else {
      throw argument.wrong("node-taint", "is no taint: \(argument.shown)", help: help)
    }
  }
}

/// Labels and annotations of a node: names with texts.
struct NodeLabels: ParameterType, Hashable {
  static let typeDescription = "dictionary of strings"

  var texts: [String: String]

  init(_ argument: Argument) throws(Diagnostic) {
    guard let entries = argument.entries else {
      throw argument.wrong("argument-type", "must be a dictionary, not \(argument.shown)")
    }
    texts = [:]
    for (name, entry) in entries {
      guard Self.isKey(name) else {
        throw entry.wrong(
          "node-label", "is no name for a label: `\(name)`",
          help:
            "letters, digits, `-`, `_` and `.`, at most 63, with a DNS name and `/` before them or not"
        )
      }
      guard let text = entry.value.string ?? entry.sourceText?.lowercased() else {
        throw entry.wrong("node-label", "must be a text, not \(entry.shown)")
      }
      texts[name] = text
    }
  }

  /// Texts as the API has them, by name.
  static func value(_ texts: [String: String]) -> Value {
    let sorted = texts.sorted { $0.key < $1.key }
    return .dict(ValueMap(sorted.map { (.string($0.key), .string($0.value)) }))
  }

  /// Whether a text is the name of a label (Kubernetes, concepts, labels: syntax and character set).
  static func isKey(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let name = parts.last, !name.isEmpty else { return false }
    return isValue(String(name))
      && (parts.count == 1 || !parts[0].isEmpty && parts[0].utf8.count < 254)
  }

  /// Whether a text is the value of a label.
  static func isValue(_ text: String) -> Bool {
    func isPlain(_ character: Character) -> Bool {
      character.isASCII && (character.isLetter || character.isNumber)
    }
    guard text.utf8.count < 64, text.first.map(isPlain) ?? true, text.last.map(isPlain) ?? true
    else { return false }
    return text.allSatisfy { isPlain($0) || "-_.".contains($0) }
  }
}
