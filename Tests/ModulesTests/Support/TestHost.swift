import Glibc
import ModuleKit
import Modules
import Schema
import Testing

/// This very machine as a host, below a scratch folder of its own: probes and steps run for real.
struct TestHost {
  let shell: TestShell
  /// The scratch folder; absolute, removed by `remove()`.
  let root: String
  /// The account that scripts run as; nil for the one of the tests.
  var user: String?
  /// What starts the shell, such as nsenter(1) into the namespaces of a host of its own; empty for nothing.
  var prefix: [String] = []

  init(_ shell: TestShell = .sh, user: String? = nil) {
    self.shell = shell
    self.user = user
    root = scratchFolder("host")
    chmod(root, 0o755)
  }

  func remove() { run("chmod -R u+rwx \(root); rm -rf \(root)") }

  /// Runs a script as the engine's shells do: with the library, fixed locale and umask, in `/`.
  @discardableResult
  func run(_ script: Script, input: [UInt8] = []) -> ProbeReply {
    let prologue: Script = """
      spile_native_umask=0022
      spile_native_path=$PATH
      umask 077
      cd /
      export LC_ALL=C
      """
    let source = (prologue + ShellLibrary.source + "(\n\(script)\n)").source
    var argv = shell.argv + ["-c", source]
    if let user { argv = ["/usr/sbin/runuser", "-u", user, "--"] + argv }
    argv = prefix + argv
    let reply = execute(
      argv, input: input,
      environment: ["PATH=\(shell.path)", "HOME=/root", "LC_ALL=C"])
    return ProbeReply(status: reply.status, output: reply.output, errors: reply.errors)
  }

  /// What the host answers: each kind asked once, as the engine does.
  func probe(_ requests: [FactRequest]) -> [FactKey: Observation] {
    var merged: [FactKey: FactRequest] = [:]
    for request in requests {
      merged[request.key, default: request].wants.formUnion(request.wants)
    }
    var observations: [FactKey: Observation] = [:]
    for requests in Dictionary(grouping: merged.values, by: \.key.kind).values {
      guard let type = requests.first?.key.type else { continue }
      let sorted = requests.sorted { $0.key.name < $1.key.name }
      observations.merge(observe(type, sorted)) { $1 }
    }
    return observations
  }

  private func observe<F: Fact>(
    _ kind: F.Type, _ requests: [FactRequest]
  ) -> [FactKey: Observation] {
    let reply = run(kind.probe(requests))
    let readings = kind.parse(reply, for: requests)
    var observations: [FactKey: Observation] = [:]
    for request in requests {
      let reading = readings[request.key.name] ?? .unreadable("not answered")
      observations[request.key] = Observation(reading, wants: request.wants)
    }
    return observations
  }

  /// Everything that `reads` asks for, until it asks for nothing new.
  func view(for reads: (FactView) -> [FactRequest]) -> FactView {
    var view = FactView()
    for _ in 0..<8 {
      let missing = reads(view).filter { !view.answers($0) }
      if missing.isEmpty { return view }
      for (key, observation) in probe(missing) { view[key] = observation }
    }
    Issue.record("reads(given:) never ends")
    return view
  }

  /// One fact, now.
  func reading<F: Fact>(_ kind: F.Type, _ name: String = "", wants: Set<String> = []) -> Reading<F>
  {
    let request = FactRequest(kind, name, wants: wants)
    return probe([request])[request.key]?.reading(as: kind) ?? .unknown(.init("not asked"))
  }

  /// Runs a step with its preconditions.
  func run(_ step: Step) -> StepReply {
    for precondition in step.preconditions where run(precondition.script).status != 0 {
      return StepReply(
        label: step.label, status: 254, output: [], errors: Array(precondition.failure.utf8))
    }
    let reply = run(step.script, input: step.input?.bytes ?? [])
    return StepReply(
      label: step.label, status: reply.status, output: reply.output, errors: reply.errors)
  }
}

/// What came of applying a state once.
struct Convergence {
  var before: FactView
  var changes: [Change]
  var replies: [StepReply]
  var after: FactView
  /// Must be empty: what still differs afterwards.
  var remaining: [Change]
  /// Predictions that did not come true, in words; must be empty.
  var mispredictions: [String]
  /// Facts outside every footprint that changed nevertheless; must be empty.
  var undeclared: [String]
  var result: ValueMap

  var attributes: [String] { changes.map(\.attribute) }
}

extension TestHost {
  /// Plans and applies once, and compares what was predicted and declared with what happened.
  func apply(_ module: any StateModule, expecting: Bool = true) throws -> Convergence {
    let before = view(for: module.reads)
    let changes = try module.changes(from: before)
    var replies: [StepReply] = []
    for step in changes.flatMap(\.steps) {
      let reply = run(step)
      replies.append(reply)
      guard step.accepts?.contains(reply.status) ?? true else {
        if expecting { Issue.record("\(step.label): \(reply.status) \(reply.errorText)") }
        break
      }
    }
    let after = view(for: module.reads)
    let predicted = before.predicting(changes.flatMap(\.predicts))
    return Convergence(
      before: before, changes: changes, replies: replies, after: after,
      remaining: try module.changes(from: after),
      mispredictions: mispredictions(changes.flatMap(\.predicts), after),
      undeclared: undeclared(changes, before: predicted, after: after),
      result: module.result(before: before, after: after, replies: replies))
  }

  /// Applies twice; the first run must converge as predicted and the second must find nothing to do.
  @discardableResult
  func converge(
    _ module: any StateModule, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Convergence {
    let first = try apply(module)
    #expect(first.remaining.map(\.attribute) == [], sourceLocation: sourceLocation)
    #expect(first.mispredictions == [], sourceLocation: sourceLocation)
    #expect(first.undeclared == [], sourceLocation: sourceLocation)
    let second = try apply(module)
    #expect(second.attributes == [], sourceLocation: sourceLocation)
    return first
  }

  private func mispredictions(_ predictions: [Prediction], _ after: FactView) -> [String] {
    var last: [FactKey: Prediction] = [:]
    for prediction in predictions { last[prediction.key] = prediction }
    return last.values.filter(\.isExact).compactMap { prediction in
      let observation =
        after[prediction.key]
        ?? probe([FactRequest(prediction)].compactMap { $0 })[prediction.key]
      guard let observation, observation.reading != prediction.reading else { return nil }
      return "\(prediction.key): predicted \(prediction.reading), found \(observation.reading)"
    }
  }

  private func undeclared(_ changes: [Change], before: FactView, after: FactView) -> [String] {
    let footprint = changes.flatMap(\.steps).reduce(Footprint.nothing) { $0.union($1.footprint) }
    return after.keys.filter { key in
      !footprint.touches(key) && before[key] != nil
        && before[key]?.reading != after[key]?.reading
    }.map(\.description)
  }
}

extension FactRequest {
  /// Asks for what a prediction is about; nil where only a module can ask (another machine).
  fileprivate init?(_ prediction: Prediction) {
    guard prediction.key.machine == nil else { return nil }
    self = FactRequest.request(prediction.key.type, prediction)
  }

  private static func request<F: Fact>(_ kind: F.Type, _ prediction: Prediction) -> FactRequest {
    FactRequest(kind, prediction.key.name, wants: prediction.wants)
  }
}
