import Schema

/// Python's `str` and `repr`.
extension Context {
  func string(_ item: Item) throws -> String {
    switch item {
    case .value(.text(let text)): return text.string
    case .value(.int(let int)): return String(int)
    case .object(let object) where object is NoChoice: return ""
    default: return try representation(item)
    }
  }

  func representation(_ item: Item) throws -> String {
    switch item {
    case .value(let value):
      switch value {
      case .null: return "None"
      case .bool(let bool): return bool ? "True" : "False"
      case .int(let int): return String(int)
      case .bigInt(let big): return String(big)
      case .float(let float): return PythonFloat.representation(float)
      case .text(let text): return PythonText.representation(text.string)
      case .unknown(let unknown): throw Interrupt.unknown(unknown)
      case .list, .dict: return try representation(Item(data: value))
      }
    case .list(let box): return "[\(try joined(box.elements(in: self)))]"
    case .tuple(let items):
      return items.count == 1 ? "(\(try joined(items)),)" : "(\(try joined(items)))"
    case .dict(let box):
      let entries = try box.entries(in: self).map { key, value in
        "\(try representation(.key(key))): \(try representation(value))"
      }
      return "{\(entries.joined(separator: ", "))}"
    case .undefined(let undefined): throw Interrupt.undefined(undefined)
    case .object(let object): return try object.representation(in: self)
    case .omit: return "<<Omit>>"
    }
  }

  private func joined(_ items: [Item]) throws -> String {
    try items.map(representation).joined(separator: ", ")
  }
}
