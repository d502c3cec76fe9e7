import Schema

/// Which options need or exclude each other, in the words of Ansible's argument specifications.
struct OptionRelations {
  private let relations: ValueMap
  private let values: ValueMap
  /// Where the options are: ` found in a -> b`, or nothing.
  private let place: String

  init(_ relations: ValueMap, _ values: ValueMap, _ place: String) {
    self.relations = relations
    self.values = values
    self.place = place
  }

  /// What the values break, each as a sentence.
  var faults: [String] { (exclusive + together + oneOf + byOther + conditional).map { $0 + place } }

  private var exclusive: [String] {
    groups("mutually_exclusive").filter { present($0).count > 1 }
      .map { "parameters are mutually exclusive: \(present($0).joined(separator: "|"))" }
  }

  private var together: [String] {
    groups("required_together")
      .filter { !present($0).isEmpty && present($0).count < $0.count }
      .map { "parameters are required together: \($0.joined(separator: ", "))" }
  }

  private var oneOf: [String] {
    groups("required_one_of").filter { present($0).isEmpty }
      .map { "one of the following is required: \($0.joined(separator: ", "))" }
  }

  private var byOther: [String] {
    (relations["required_by"]?.dict?.pairs ?? []).compactMap { key, needed in
      guard let name = key.string, let value = values[name], value != .null else { return nil }
      let missing = (needed.list ?? [needed]).compactMap(\.string).filter { values[$0] == nil }
      return missing.isEmpty
        ? nil : "missing parameter(s) required by '\(name)': \(missing.joined(separator: ", "))"
    }
  }

  /// `[option, value, [needed, ...], any]`.
  private var conditional: [String] {
    (relations["required_if"]?.list ?? []).compactMap { rule in
      guard let parts = rule.list, parts.count >= 3, let name = parts[0].string,
        values[name] == parts[1]
      else { return nil }
      let needed = (parts[2].list ?? [parts[2]]).compactMap(\.string)
      let missing = needed.filter { values[$0] == nil }
      let isAny = parts.count > 3 && parts[3] == .bool(true)
      guard isAny ? missing.count == needed.count : !missing.isEmpty else { return nil }
      return
        "\(name) is \(Argument(parts[1], path: "").sourceText ?? "") but \(isAny ? "any" : "all") of the following are missing: \(missing.joined(separator: ", "))"
    }
  }

  /// Lists of names; one list alone counts as a list of one.
  private func groups(_ word: String) -> [[String]] {
    guard let list = relations[word]?.list else { return [] }
    if list.allSatisfy({ $0.string != nil }) { return [list.compactMap(\.string)] }
    return list.compactMap { $0.list?.compactMap(\.string) }
  }

  private func present(_ names: [String]) -> [String] { names.filter { values[$0] != nil } }
}
