import Diagnostics
import Schema

/// Why a module cannot say what to do.
package enum Obstacle: Error, Sendable {
  /// Wrong arguments, or a host in a state the module refuses to touch.
  case refused(Diagnostic)
  /// It depends on something that is only known later.
  case unknown(Unknown)
  /// A fact could not be read, or timed out.
  case unreadable(FactKey, String)

  /// A refusal with no place of its own: the engine adds the task's.
  package static func refusing(_ id: String, _ message: String, help: String? = nil) -> Obstacle {
    .refused(Diagnostic(.error, id, message, help: help))
  }
}

/// What is known of the machines: observations, with predictions laid over them in a dry run and inside a batch.
package struct FactView: Sendable {
  private var observations: [FactKey: Observation]

  package init(_ observations: [FactKey: Observation] = [:]) { self.observations = observations }

  /// Whether nothing was observed or predicted.
  package var isEmpty: Bool { observations.isEmpty }

  /// The answer about a thing; unknown when nobody asked for it.
  package func reading<F: Fact>(_ kind: F.Type, _ name: String = "", machine: String? = nil)
    -> Reading<F>
  {
    let key = FactKey(kind, name, machine: machine)
    return observations[key]?.reading(as: kind) ?? .unknown(.init("\(key) was not read"))
  }

  /// The fact; nil when the thing is absent.
  package func fact<F: Fact>(
    _ kind: F.Type, _ name: String = "", machine: String? = nil
  ) throws(Obstacle) -> F? {
    let key = FactKey(kind, name, machine: machine)
    switch observations[key]?.reading {
    case .present(let any):
      if let fact = any.fact as? F { return fact }
      throw .unknown(Unknown("an observation of another kind"))
    case .absent: return nil
    case .unreadable(let reason): throw .unreadable(key, reason)
    case .timedOut: throw .unreadable(key, "no answer within the deadline")
    case .unknown(let reason): throw .unknown(Unknown(reason.text))
    case nil: throw .unknown(Unknown("\(key) was not read"))
    }
  }

  /// The answer there was before a dry run foresaw something that makes it unknown; nil where there was none.
  package func former<F: Fact>(_ kind: F.Type, _ name: String = "") -> Reading<F>? {
    observations[FactKey(kind, name)]?.former.map { Observation($0).reading(as: kind) }
  }

  /// The fact if it is known and there: for `reads(given:)`, which asks again as more becomes known.
  package func known<F: Fact>(_ kind: F.Type, _ name: String = "", machine: String? = nil) -> F? {
    guard case .present(let any)? = observations[FactKey(kind, name, machine: machine)]?.reading
    else { return nil }
    return any.fact as? F
  }

  /// Whether an observation serves the request.
  package func answers(_ request: FactRequest) -> Bool {
    guard let observation = observations[request.key] else { return false }
    if observation.wants.contains(FactRequest.everything) { return true }
    switch observation.reading {
    case .present(let any): return any.fact.serves(request.wants, asked: observation.wants)
    case .unknown: return request.wants.isSubset(of: observation.wants)
    case .absent, .unreadable, .timedOut: return true
    }
  }

  package subscript(_ key: FactKey) -> Observation? {
    get { observations[key] }
    set { observations[key] = newValue }
  }

  /// The same view with predictions laid over.
  package func predicting(_ predictions: [Prediction]) -> FactView {
    var view = self
    for prediction in predictions {
      let wants = view.observations[prediction.key]?.wants ?? []
      view.observations[prediction.key] = Observation(
        prediction.reading, wants: wants.union(prediction.wants))
    }
    return view
  }

  /// Forgets what the footprint touches.
  package mutating func forget(_ footprint: Footprint) {
    observations = observations.filter { !footprint.touches($0.key) }
  }

  /// All keys observed or predicted.
  package var keys: Set<FactKey> { Set(observations.keys) }
}

/// What a step will make of a thing: known exactly, absent, or not known yet.
package struct Prediction: Sendable, Hashable {
  package let key: FactKey
  package let reading: Reading<AnyFact>
  /// What of the thing is predicted beyond the fact itself; see `FactRequest.wants`.
  package let wants: Set<String>

  package init<F: Fact>(
    _ kind: F.Type, _ name: String = "", _ reading: Reading<F>, wants: Set<String> = [],
    machine: String? = nil
  ) {
    key = FactKey(kind, name, machine: machine)
    self.reading = Observation(reading).reading
    self.wants = wants
  }

  /// Whether the prediction says exactly what will be there.
  package var isExact: Bool {
    if case .unknown = reading { return false }
    return true
  }
}
