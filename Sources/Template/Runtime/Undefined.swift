import Schema

/// A name, attribute or index that is not there.
///
/// Using it is an error; asking whether it is defined, `default`, and taking further attributes of it
/// are not.
final class Undefined: Sendable {
  enum Reason: Sendable {
    case name(String)
    /// `known` are the names that there are: asked only when it is told, as most that is undefined has a default.
    case attribute(typeName: String, key: String, known: @Sendable () -> [String])
    case hint(String)
  }

  let reason: Reason
  let unit: Unit
  let site: Site
  /// The texts between the place of use and the place where it arose.
  let frames: [TemplateError.Frame]

  init(_ reason: Reason, unit: Unit, site: Site, frames: [TemplateError.Frame] = []) {
    self.reason = reason
    self.unit = unit
    self.site = site
    self.frames = frames
  }

  var message: String {
    switch reason {
    case .name(let name): "`\(name)` is undefined"
    case .attribute(let typeName, let key, _): "\(typeName) has no attribute `\(key)`"
    case .hint(let hint): hint
    }
  }

  /// What using it is reported as; `names` are all names in reach, for suggestions.
  func error(names: () -> [String]) -> TemplateError {
    var error = TemplateError(.undefined, message, line: 0, frames: frames)
    switch reason {
    case .name(let name):
      error.name = name
      error.suggestions = nearest(name, in: names())
    case .attribute(_, let key, let known):
      error.name = key
      error.suggestions = nearest(key, in: known())
    case .hint: break
    }
    return unit.located(error, at: site)
  }
}

/// What ends an evaluation early.
enum Interrupt: Error {
  /// Something undefined was used.
  case undefined(Undefined)
  /// Something was used that is known only later.
  case unknown(Unknown)
  case breakLoop
  case continueLoop
}
