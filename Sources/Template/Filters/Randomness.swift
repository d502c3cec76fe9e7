import BigInt
import Schema

/// Filters that choose by chance; a seed makes the choice repeat itself.
let randomFilters: [Filter] = [
  Filter("random", "end, start=, step=, seed=") { call in
    var source = try source(call, 3)
    defer { keep(source, call, 3) }
    if let number = Number(call[0]), number.big != nil {
      let end = try call.context.index(call[0])
      let start = try call.given(1).map(call.context.index) ?? 0
      let given = try call.given(2).map(call.context.index) ?? 1
      let step = given == 0 ? 1 : given
      let count = step > 0 ? (end - start + step - 1) / step : (start - end - step - 1) / -step
      guard count > 0 else { throw call.fail(.value, "empty range for randrange()") }
      return .int(start + step * source.next(below: count))
    }
    if call.given(1) != nil || call.given(2) != nil {
      throw call.fail(.plugin, "start and step can only be used with integer values")
    }
    guard let items = try call.context.elementsIfAny(of: call[0]) else {
      throw call.fail(.plugin, "random can only be used on sequences and integers")
    }
    guard !items.isEmpty else { throw call.fail(.value, "cannot choose from an empty sequence") }
    return items[source.next(below: items.count)]
  },
  Filter("shuffle", "mylist, seed=") { call in
    guard var items = try call.context.elementsIfAny(of: call[0]) else { return call[0] }
    var source = try source(call, 1)
    defer { keep(source, call, 1) }
    for index in items.indices.reversed() where index > 0 {
      items.swapAt(index, source.next(below: index + 1))
    }
    return .items(items)
  },
  Filter("random_mac", "value, seed=") { call in
    let start = try call.text(0, "the start of the address").lowercased()
    let parts = PythonText.split(start, separator: ":")
    guard parts.count < 6 else { throw call.fail(.plugin, "at most five bytes can be given") }
    for part in parts where part.utf8.count != 2 || UInt8(part, radix: 16) == nil {
      throw call.fail(.plugin, "`\(part)` is no byte of an address")
    }
    var source = try source(call, 1)
    defer { keep(source, call, 1) }
    let digits = Array(String(68_719_476_736 + source.next(below: 1_030_792_151_040), radix: 16))
    let rest = (0..<6 - parts.count).map { String(digits[$0 * 2..<$0 * 2 + 2]) }
    return .text((parts + rest).joined(separator: ":"))
  },
]

private func source(_ call: PluginCall, _ seedIndex: Int) throws -> RandomSource {
  guard let seed = call.given(seedIndex) else { return call.context.random }
  if let text = seed.string { return RandomSource(PythonRandom(text: text)) }
  guard let whole = Number(seed)?.big else {
    throw call.fail(.type, "a seed is a text or a whole number")
  }
  return RandomSource(PythonRandom(whole))
}

/// Numbers that were drawn without a seed of their own are gone for the rest of the rendering.
private func keep(_ source: RandomSource, _ call: PluginCall, _ seedIndex: Int) {
  if call.given(seedIndex) == nil { call.context.random = source }
}
