import Diagnostics
import ModuleKit

/// What stood in the way: the id of the refusal, `unknown` or `unreadable`; nil when nothing did.
func obstacleID(_ body: () throws(Obstacle) -> some Any) -> String? {
  do throws(Obstacle) {
    _ = try body()
    return nil
  } catch {
    switch error {
    case .refused(let diagnostic): return diagnostic.id
    case .unknown: return "unknown"
    case .unreadable: return "unreadable"
    }
  }
}

/// The id of the first mistake that was reported; nil when there was none.
func mistakeID(_ body: () throws -> Void) throws -> String? {
  do {
    try body()
    return nil
  } catch let error as Diagnostic {
    return error.id
  } catch let error as DiagnosticError {
    return error.diagnostics.first?.id
  }
}
