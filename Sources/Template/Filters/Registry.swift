/// All filters and tests by name.
extension Filter {
  private static let table: [String: Filter] = {
    let groups: [[Filter]] = [
      definedFilters, sequenceFilters, selectionFilters, orderFilters, numberFilters, textFilters,
      layoutFilters, escapeFilters, dictFilters, setFilters, combinatoricFilters, regexFilters,
      jsonFilters, yamlFilters, hashFilters, pathFilters, windowsPathFilters, urlFilters,
      timeFilters, sizeFilters, shellFilters, randomFilters, addressFilters, networkFilters,
      queryFilters,
      passwordFilters, certificateFilters, dictListFilters, objectPathFilters,
    ]
    var table: [String: Filter] = [:]
    for filter in groups.joined() { table[filter.name] = filter }
    for (alias, name) in aliases { table[alias] = table[name] }
    return table
  }()

  private static let aliases = [
    "d": "default", "e": "escape", "count": "length", "checksum": "sha1",
  ]

  /// The filter of a name, with or without the collection it comes from.
  static func named(_ name: String) -> Filter? {
    table[unqualified(name, Self.collections)]
  }

  static let collections = [
    "ansible.builtin.", "ansible.legacy.", "ansible.utils.", "ansible.netcommon.",
    "community.general.", "community.crypto.",
  ]

  static var names: [String] { table.keys.sorted() }
}

/// A plugin name without the collection it comes from.
func unqualified(_ name: String, _ collections: [String]) -> String {
  guard name.utf8.contains(0x2E) else { return name }
  for collection in collections where PythonText.hasPrefix(name, collection) {
    return String(name.dropFirst(collection.count))
  }
  return name
}

extension Test {
  private static let table: [String: Test] = {
    let groups: [[Test]] = [
      typeTests, comparisonTests, collectionTests, resultTests, pathTests, textTests, addressTests,
    ]
    var table: [String: Test] = [:]
    for test in groups.joined() { table[test.name] = test }
    for (alias, name) in aliases { table[alias] = table[name] }
    return table
  }()

  private static let aliases = [
    "==": "eq", "equalto": "eq", "!=": "ne", "<": "lt", "lessthan": "lt", "<=": "le", ">": "gt",
    "greaterthan": "gt", ">=": "ge", "change": "changed", "failure": "failed", "skip": "skipped",
    "success": "succeeded", "successful": "succeeded", "version_compare": "version",
    "issubset": "subset", "issuperset": "superset", "is_dir": "directory", "is_file": "file",
    "is_link": "link", "is_mount": "mount", "is_abs": "abs", "is_same_file": "same_file",
    "isnan": "nan",
  ]

  /// The test of a name, with or without the collection it comes from.
  static func named(_ name: String) -> Test? {
    table[unqualified(name, Filter.collections)]
  }

  static var names: [String] { table.keys.sorted() }
}
