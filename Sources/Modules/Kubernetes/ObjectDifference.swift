import Schema

/// Something that differs between two states of an object, by its path.
struct ObjectDifference: Sendable, Hashable {
  /// `metadata.labels.app`, `spec.containers[web].image`, `metadata.labels['app.kubernetes.io/name']`.
  var path: String
  /// nil where it is not there.
  var before: Value?
  var after: Value?

  /// The path of an entry; names with dots are put in brackets, as kubectl's JSONPath has it.
  static func path(_ parent: String, _ key: String) -> String {
    let isPlain = !key.isEmpty && key.utf8.allSatisfy { $0 != 0x2E && $0 != 0x2F && $0 != 0x5B }
    if !isPlain { return "\(parent)['\(key)']" }
    return parent.isEmpty ? key : "\(parent).\(key)"
  }

  /// The path of an element: by its name where it has one.
  static func path(_ parent: String, _ element: Value, _ index: Int) -> String {
    "\(parent)[\(element["name"]?.string ?? String(index))]"
  }

  /// Everything that differs, in the order of the paths.
  static func all(from before: Value, to after: Value) -> [ObjectDifference] {
    var found: [ObjectDifference] = []
    compare(before, after, at: "", into: &found)
    return found
  }

  private static func compare(
    _ before: Value, _ after: Value, at path: String, into found: inout [ObjectDifference]
  ) {
    if before == after { return }
    switch (before, after) {
    case (.dict(let before), .dict(let after)):
      for key in Set(before.keys).union(after.keys).compactMap(\.string).sorted() {
        compare(before[key], after[key], at: Self.path(path, key), into: &found)
      }
    case (.list(let before), .list(let after)):
      compareLists(before, after, at: path, into: &found)
    default:
      found.append(ObjectDifference(path: path, before: before, after: after))
    }
  }

  private static func compare(
    _ before: Value?, _ after: Value?, at path: String, into found: inout [ObjectDifference]
  ) {
    if let before, let after {
      compare(before, after, at: path, into: &found)
    } else if before != nil || after != nil {
      found.append(ObjectDifference(path: path, before: before, after: after))
    }
  }

  /// Elements that have names are compared by these, others by their place.
  private static func compareLists(
    _ before: [Value], _ after: [Value], at path: String, into found: inout [ObjectDifference]
  ) {
    if let old = byName(before), let new = byName(after) {
      for name in Set(old.keys).union(new.keys).sorted() {
        compare(old[name], new[name], at: "\(path)[\(name)]", into: &found)
      }
      if found.isEmpty || !found.contains(where: { $0.path.hasPrefix(path + "[") }) {
        found.append(
          ObjectDifference(path: path, before: .list(before), after: .list(after)))
      }
      return
    }
    for index in 0..<max(before.count, after.count) {
      let old = before.indices.contains(index) ? before[index] : nil
      let new = after.indices.contains(index) ? after[index] : nil
      compare(old, new, at: Self.path(path, new ?? old ?? .null, index), into: &found)
    }
  }

  private static func byName(_ elements: [Value]) -> [String: Value]? {
    var named: [String: Value] = [:]
    for element in elements {
      guard let name = element["name"]?.string, named.updateValue(element, forKey: name) == nil
      else { return nil }
    }
    return elements.isEmpty ? nil : named
  }
}
