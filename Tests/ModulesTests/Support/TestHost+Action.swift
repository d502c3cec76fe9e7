import ModuleKit
import Modules
import Schema

/// What came of an action.
enum ActionOutcome {
  case skipped(String, ValueMap)
  case ran(ActionPlan, ActionResult)

  /// The registered result.
  var result: ValueMap {
    switch self {
    case .skipped(_, let result): result
    case .ran(_, let result): result.result
    }
  }

  var didRun: Bool {
    guard case .ran = self else { return false }
    return true
  }

  var failure: String? {
    guard case .ran(_, let result) = self else { return nil }
    return result.failure
  }
}

extension TestHost {
  /// Decides, runs the steps, and reads what came of it.
  func act(_ module: any ActionModule) throws -> ActionOutcome {
    let facts = view(for: module.reads)
    switch try module.decision(from: facts) {
    case .skip(let reason, let result): return .skipped(reason, result)
    case .run(let plan):
      let replies = plan.change.steps.map { run($0) }
      return .ran(plan, module.result(from: replies))
    }
  }

  /// Asks a query.
  func ask(_ module: any QueryModule) throws -> QueryResult {
    try module.result(from: view(for: module.reads))
  }
}
