import Synchronization

/// Compiled values, so that a text is parsed once however often it is rendered.
final class CompileCache: Sendable {
  static let shared = CompileCache()

  /// How many texts are kept; past it the cache starts afresh.
  private static let limit = 16384

  private let units = Mutex<[String: Unit]>([:])

  /// The compiled form of a text of a playbook or inventory.
  func unit(for text: String) throws(TemplateError) -> Unit {
    if let unit = units.withLock({ $0[text] }) { return unit }
    let unit = try Unit.compile(text, syntax: .value, options: .value, name: nil)
    units.withLock { units in
      if units.count >= Self.limit { units.removeAll() }
      units[text] = unit
    }
    return unit
  }
}
