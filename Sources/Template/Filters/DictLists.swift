import OrderedCollections
import PatternMatching
import Schema

/// Filters of `community.general` that make dictionaries, and lists of them.
let dictListFilters: [Filter] = [
  Filter("dict", "sequence") { call in
    var entries: OrderedDictionary<Value, Item> = [:]
    for pair in try call.elements(0) {
      let parts = try call.context.elements(of: pair)
      guard parts.count == 2 else {
        throw call.fail(.value, "an element has \(parts.count) parts; 2 are needed")
      }
      entries[try call.context.hashable(parts[0])] = parts[1]
    }
    return .dict(DictBox(entries))
  },
  Filter("dict_kv", "value, key") { call in
    .dict(DictBox([try call.context.hashable(call[1]): call[0]]))
  },
  Filter("counter", "sequence") { call in
    switch call[0] {
    case .list, .tuple, .value(.text): break
    default: throw call.fail(.plugin, "a list or a string is needed")
    }
    var counts: OrderedDictionary<Value, Int> = [:]
    for element in try call.elements(0) {
      let key = try call.context.hashable(element)
      let known = key.otherEqualKeys.first { counts[$0] != nil } ?? key
      counts[known, default: 0] += 1
    }
    return .dict(DictBox(counts.mapValues(Item.int)))
  },
  Filter("groupby_as_dict", "sequence, attribute") { call in
    let context = call.context
    var entries: OrderedDictionary<Value, Item> = [:]
    for element in try call.elements(0) {
      guard case .dict(let box) = element else {
        throw call.fail(.plugin, "an element is not a dictionary")
      }
      guard let member = try box.value(for: context.hashable(call[1]), in: context) else {
        throw call.fail(
          .plugin, "an element has no key \(try context.representation(call[1]))")
      }
      let key = try context.hashable(member)
      guard entries[key] == nil else {
        throw call.fail(.plugin, "several elements have \(try context.representation(member))")
      }
      entries[key] = element
    }
    return .dict(DictBox(entries))
  },
  Filter("version_sort", "value, reverse=") { call in
    let texts = try call.elements(0).map { ($0, try call.context.text($0, "a version")) }
    let isReversed = try call.bool(1)
    // Insertion keeps the order of equal ones, and comparing may fail.
    var sorted: [(Item, String)] = []
    for pair in texts {
      let place = try sorted.lastIndex { other in
        let order = try VersionScheme.loose.compare(other.1, pair.1)
        return isReversed ? order >= 0 : order <= 0
      }
      sorted.insert(pair, at: place.map { $0 + 1 } ?? 0)
    }
    return .items(sorted.map(\.0))
  },
  Filter("lists_mergeby", "*terms, **options") { try mergeLists($0) },
  Filter("keep_keys", "data, target, matching_parameter=") { call in
    let matches = try keyMatcher(call, call[1])
    return try withKeys(call) { try matches($0) ? $0 : nil }
  },
  Filter("remove_keys", "data, target, matching_parameter=") { call in
    let matches = try keyMatcher(call, call[1])
    return try withKeys(call) { try matches($0) ? nil : $0 }
  },
  Filter("replace_keys", "data, target, matching_parameter=") { call in
    let context = call.context
    let changes = try call.elements(1).map { change -> ((String) throws -> Bool, String) in
      guard case .dict(let box) = change,
        let before = try box.value(for: .string("before"), in: context),
        let after = try box.value(for: .string("after"), in: context)
      else { throw call.fail(.plugin, "the targets have to have `before` and `after`") }
      return (try keyMatcher(call, before), try context.text(after, "`after`"))
    }
    return try withKeys(call) { key in try changes.first { try $0.0(key) }?.1 ?? key }
  },
]

/// The dictionaries of a list under other keys, nil for a key that goes.
private func withKeys(_ call: PluginCall, _ change: (String) throws -> String?) throws -> Item {
  .items(
    try call.elements(0).map { element in
      guard case .dict(let box) = element else {
        throw call.fail(.plugin, "a list of dictionaries is needed")
      }
      var entries: OrderedDictionary<Value, Item> = [:]
      for (key, value) in try box.entries(in: call.context) {
        guard let name = key.string else { throw call.fail(.plugin, "the keys must be strings") }
        if let new = try change(name) { entries[.string(new)] = value }
      }
      return .dict(DictBox(entries))
    })
}

/// Whether a key is meant by a target: equal to it, started or ended by it, or matched by it.
private func keyMatcher(_ call: PluginCall, _ target: Item) throws -> (String) throws -> Bool {
  let context = call.context
  let targets =
    try target.string.map { [$0] }
    ?? context.elements(of: target).map { try context.text($0, "the target") }
  guard !targets.isEmpty else { throw call.fail(.plugin, "the target is empty") }
  switch try call.text(2, default: "equal") {
  case "equal": return { targets.contains($0) }
  case "starts_with": return { key in targets.contains { PythonText.hasPrefix(key, $0) } }
  case "ends_with": return { key in targets.contains { PythonText.hasSuffix(key, $0) } }
  case "regex":
    guard targets.count == 1 else { throw call.fail(.plugin, "one pattern is needed") }
    let regex = try Regex.cached(targets[0])
    return { try regex.match(in: $0) != nil }
  default:
    throw call.fail(
      .plugin, "matching_parameter must be equal, starts_with, ends_with or regex")
  }
}

private func mergeLists(_ call: PluginCall) throws -> Item {
  let context = call.context
  guard let combine = Filter.named("combine"), let last = call.rest.last, call.rest.count > 1 else {
    throw call.fail(.plugin, "at least one list and the name of a key are needed")
  }
  var lists: [[Item]] = []
  for term in call.rest.dropLast() {
    let elements = try context.elements(of: term)
    let inner = try elements.map { item -> [Item]? in
      switch item {
      case .list, .tuple: try context.elements(of: item)
      default: nil
      }
    }
    if elements.isEmpty { continue }
    lists += inner.allSatisfy { $0 != nil } ? inner.compactMap(\.self) : [elements]
  }
  guard lists.count > 1 else { return .items(lists.first ?? []) }
  let key = Value.string(try context.text(last, "the name of the key"))
  // From the end: what comes first is overridden.
  var result = lists.removeLast()
  while let lower = lists.popLast() {
    var merged: OrderedDictionary<Value, Item> = [:]
    for element in lower + result {
      guard case .dict(let box) = element else {
        throw call.fail(.plugin, "the elements must be dictionaries")
      }
      guard let member = try box.value(for: key, in: context) else { continue }
      let index = try context.hashable(member)
      merged[index] = try context.apply(
        combine,
        CallArguments(
          positional: [merged[index] ?? .dict(DictBox([:])), element],
          keywords: call.arguments.keywords))
    }
    result = try context.sorted(Array(merged.values), isReversed: false) {
      try context.element(Item(data: key), of: $0)
    }
  }
  return .items(result)
}
