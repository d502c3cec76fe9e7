import ModuleKit
import Synchronization

/// What a module wants to know of a host of which nothing is known: the same on every host that comes to the same work.
final class FirstReads: Sendable {
  private let known = Mutex<[FactRequest]?>(nil)

  func requests(of module: any Module) -> [FactRequest] {
    if let requests = known.withLock({ $0 }) { return requests }
    let requests = module.reads(given: FactView())
    known.withLock { $0 = requests }
    return requests
  }
}
