import Schema

/// Options as `meta/argument_specs.yml` describes them: types, defaults, choices, and which go together.
///
/// The rules are those of Ansible's `ArgumentSpecValidator`: a value of another type counts where it can be converted.
struct ArgumentSpecification {
  /// By option: `type`, `elements`, `required`, `default`, `choices`, `aliases`, `options`.
  private let options: ValueMap
  /// What stands beside the options: `required_if`, `mutually_exclusive` and the like.
  private let relations: ValueMap
  /// The options that hold these, outermost first.
  private let path: [String]

  init(options: ValueMap, relations: ValueMap = [:], below path: [String] = []) {
    self.options = options
    self.relations = relations
    self.path = path
  }

  /// What is wrong with some values, each as a sentence.
  func faults(of given: ValueMap) -> [String] {
    let values = withoutAliases(given)
    let unknown = values.keys.compactMap(\.string).filter { options[$0] == nil }
    var faults: [String] = []
    if !unknown.isEmpty {
      let known = options.keys.compactMap(\.string).sorted().joined(separator: ", ")
      faults.append(
        "\((path + [""]).joined(separator: "."))\(unknown.joined(separator: ", ")). Supported parameters include: \(known)."
      )
    }
    faults += OptionRelations(relations, values, place).faults
    let missing = named { name, option in option["required"]?.isTrue == true && values[name] == nil
    }
    if !missing.isEmpty {
      faults.append("missing required arguments: \(missing.joined(separator: ", "))\(place)")
    }
    for (key, option) in options.pairs {
      guard let name = key.string, let option = option.dict,
        let value = values[name] ?? option["default"], value != .null
      else { continue }
      faults += self.faults(of: value, name, option)
    }
    return faults
  }

  private var place: String {
    path.isEmpty ? "" : " found in \(path.joined(separator: " -> "))"
  }

  private func named(_ isMeant: (String, ValueMap) -> Bool) -> [String] {
    options.pairs.compactMap { key, option in
      guard let name = key.string, let option = option.dict, isMeant(name, option) else {
        return nil
      }
      return name
    }
  }

  private func withoutAliases(_ values: ValueMap) -> ValueMap {
    var result = values
    for (key, option) in options.pairs {
      for alias in option["aliases"]?.list?.compactMap(\.string) ?? [] {
        guard let name = key.string, let value = result[alias] else { continue }
        result[alias] = nil
        if result[name] == nil { result[name] = value }
      }
    }
    return result
  }

  // MARK: - One option

  private func faults(of value: Value, _ name: String, _ option: ValueMap) -> [String] {
    let type = OptionType(option["type"]?.string ?? "str")
    guard let converted = type.converted(value) else {
      return [unconverted("argument '\(name)'", value, type)]
    }
    let elements = converted.list ?? [converted]
    if type == .list, let word = option["elements"]?.string {
      let elementType = OptionType(word)
      let wrong = elements.filter { elementType.converted($0) == nil }
      if let first = wrong.first {
        return [unconverted("Elements value for option '\(name)'", first, elementType)]
      }
    }
    return choiceFaults(type == .list ? elements : [converted], name, option, isList: type == .list)
      + inner(elements, name, option)
  }

  private func unconverted(_ what: String, _ value: Value, _ type: OptionType) -> String {
    "\(what) is of type \(value.typeName) and cannot be converted to \(type.rawValue)\(place)"
  }

  private func choiceFaults(
    _ values: [Value], _ name: String, _ option: ValueMap, isList: Bool
  ) -> [String] {
    guard let choices = option["choices"]?.list, !choices.isEmpty else { return [] }
    let words = choices.map(\.word)
    let wrong = values.map(\.word).filter { !words.contains($0) }
    if wrong.isEmpty { return [] }
    let all = words.joined(separator: ", ")
    return [
      isList
        ? "value of \(name) must be one or more of: \(all). Got no match for: \(wrong.joined(separator: ", "))\(place)"
        : "value of \(name) must be one of: \(all), got: \(wrong[0])\(place)"
    ]
  }

  /// What is wrong with the entries of dictionaries, which have options of their own.
  private func inner(_ values: [Value], _ name: String, _ option: ValueMap) -> [String] {
    guard let options = option["options"]?.dict else { return [] }
    let specification = ArgumentSpecification(
      options: options, relations: option, below: path + [name])
    return values.flatMap { value in
      OptionType.dict.converted(value)?.dict.map { specification.faults(of: $0) } ?? []
    }
  }
}

extension Value {
  fileprivate var isTrue: Bool { OptionType.bool.converted(self) == .bool(true) }

  /// As it is compared with choices.
  fileprivate var word: String { Argument(self, path: "").sourceText ?? JSON.text(self) }
}
