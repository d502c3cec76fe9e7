import Glibc
import Schema
import Template

/// Variables with those that only a template file knows, which win.
struct TemplateFileVariables: Variables {
  let base: any Variables
  let own: ValueMap

  func value(named name: String) throws(TemplateError) -> Value? {
    if let value = own[name] { return value }
    return try base.value(named: name)
  }

  var names: [String] { base.names + own.names }

  func scopes(named name: String) -> (any VariableScopes)? { base.scopes(named: name) }
}

/// The name of the machine that the run works on (gethostname(2)).
func controllerName() -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
  return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// The account that a file of the controller belongs to: its name, or its number where it has none.
func owner(ofFile path: String) -> String? {
  var status = stat()
  guard stat(path, &status) == 0 else { return nil }
  return getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) }
    ?? String(status.st_uid)
}
