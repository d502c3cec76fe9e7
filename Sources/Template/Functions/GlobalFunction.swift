import Glibc
import OrderedCollections
import Schema

/// Functions and names that every template has.
enum GlobalFunction {
  static let names = [
    "range", "dict", "lipsum", "cycler", "joiner", "namespace", "lookup", "query", "q", "now",
    "undef", "omit",
  ]
}

extension Context {
  /// A name that every template has; nil for any other.
  func builtin(_ name: String) -> Item? {
    switch name {
    case "range": return .object(NativeFunction("range", "start, stop=, step=", range))
    case "dict": return .object(NativeFunction("dict", "source=, **entries", dict))
    case "lipsum": return .object(NativeFunction("lipsum", "n=, html=, min=, max=", lipsum))
    case "cycler":
      return .object(
        NativeFunction("cycler", "*items") { call in
          guard !call.rest.isEmpty else { throw call.fail(.type, "at least one item is needed") }
          return .object(CyclerObject(call.rest))
        })
    case "joiner":
      return .object(
        NativeFunction("joiner", "sep=") { .object(JoinerObject($0.optional(0) ?? .text(", "))) })
    case "namespace":
      return .object(NativeFunction("namespace", "source=, **values", namespace))
    case "self": return .object(SelfObject(run))
    default: break
    }
    guard isAnsible else { return nil }
    switch name {
    case "omit": return .omit
    case "lookup": return .object(LookupFunction(wantsList: false))
    case "query", "q": return .object(LookupFunction(wantsList: true))
    case "now": return .object(NativeFunction("now", "utc=, fmt=", now))
    case "undef":
      return .object(
        NativeFunction("undef", "hint=") { call in
          let hint = try call.given(0).map { try call.context.text($0, "the hint") }
          return call.context.undefined(
            .hint(hint ?? "a mandatory variable has not been overridden"))
        })
    default: return nil
    }
  }
}

private func range(_ call: PluginCall) throws -> Item {
  let first = try call.context.index(call[0])
  let stop = try call.optional(1).map(call.context.index)
  let step = try call.optional(2).map(call.context.index) ?? 1
  guard step != 0 else { throw call.fail(.value, "the step must not be zero") }
  let start = stop == nil ? 0 : first
  let end = stop ?? first
  let count = step > 0 ? (end - start + step - 1) / step : (start - end - step - 1) / -step
  guard count <= 10_000_000 else {
    throw call.fail(.value, "more than ten million elements")
  }
  return .object(RangeObject(Array(stride(from: start, to: end, by: step))))
}

private func dict(_ call: PluginCall) throws -> Item {
  var entries: OrderedDictionary<Value, Item> = [:]
  if let source = call.optional(0) {
    if case .dict(let box) = source {
      entries = try box.entries(in: call.context)
    } else {
      for pair in try call.context.elements(of: source) {
        let parts = try call.context.elements(of: pair)
        guard parts.count == 2 else {
          throw call.fail(.value, "an element has \(parts.count) parts; 2 are needed")
        }
        entries[try call.context.hashable(parts[0])] = parts[1]
      }
    }
  }
  for (name, value) in call.arguments.keywords { entries[.string(name)] = value }
  return .dict(DictBox(entries))
}

private func namespace(_ call: PluginCall) throws -> Item {
  var values: OrderedDictionary<String, Item> = [:]
  if let source = call.optional(0) {
    guard case .dict(let box) = source else {
      throw call.fail(.type, "the source of a namespace must be a dictionary")
    }
    for (key, value) in try box.entries(in: call.context) {
      values[try call.context.string(.key(key))] = value
    }
  }
  for (name, value) in call.arguments.keywords { values[name] = value }
  return .object(NamespaceObject(values))
}

private func now(_ call: PluginCall) throws -> Item {
  let seconds = call.context.renderer.now
  let date = DateObject.from(epoch: seconds, isUTC: try call.bool(0))
  guard let format = call.given(1) else { return .object(date) }
  return .text(date.formatted(try call.context.text(format, "the format")))
}

extension Renderer {
  /// The present in seconds since 1970.
  var now: Double {
    if let clock { return clock }
    OutsideReads.note()
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

private let lipsumWords = [
  "a", "ac", "accumsan", "ad", "aenean", "aliquam", "amet", "ante", "arcu", "at", "augue",
  "bibendum", "blandit", "commodo", "congue", "cras", "cubilia", "curae", "dapibus", "diam",
  "dictum", "dolor", "donec", "dui", "egestas", "elit", "enim", "erat", "eros", "est", "et",
  "felis",
]

private func lipsum(_ call: PluginCall) throws -> Item {
  let paragraphs = try call.int(0, default: 5)
  let isHTML = try call.bool(1, default: true)
  let shortest = try call.int(2, default: 20)
  let longest = max(shortest + 1, try call.int(3, default: 100))
  let texts = (0..<max(0, paragraphs)).map { _ in
    let count = shortest + call.context.random.next(below: longest - shortest)
    let words = (0..<count).map { _ in
      lipsumWords[call.context.random.next(below: lipsumWords.count)]
    }
    let sentence = words.joined(separator: " ")
    return sentence.prefix(1).uppercased() + sentence.dropFirst() + "."
  }
  guard isHTML else { return .text(texts.joined(separator: "\n\n")) }
  return .text(texts.map { "<p>\($0)</p>" }.joined(separator: "\n"))
}
