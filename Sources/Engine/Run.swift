import Diagnostics
import Model
import ModuleKit
import Schema
import Synchronization
import Template
import Transport

/// One run of a program: what all lanes share, and the way from start to record.
package final class Run: Sendable {
  let setup: RunSetup
  let program: Program
  let coordinator: Coordinator
  let fates: Fates
  let progress: Progress
  let turns = RollingTurns()
  let clock = ContinuousClock()
  private let surroundings: Machine.Surroundings
  private let ledger: Ledger
  private let emit: @Sendable (RunEvent) -> Void

  /// What all parts of a run share.
  private final class Ledger: Sendable {
    let machines = Mutex<[String: Machine]>([:])
    let throttles = Mutex<[Int: Turnstile]>([:])
    let records = Mutex<[String: HostRecord]>([:])
  }

  ///
  /// `emit`: called for every event, from any thread, in the order of each host.
  package init(_ setup: RunSetup, _ program: Program, emit: @escaping @Sendable (RunEvent) -> Void)
  {
    self.setup = setup
    self.program = program
    self.emit = emit
    ledger = Ledger()
    progress = Progress()
    coordinator = Coordinator(program.graph)
    fates = Fates(followers: program.followers)
    surroundings = Machine.Surroundings(
      connector: setup.connector,
      batches: ProbeBatches(deadline: setup.options.probeDeadline),
      forks: Turnstile(permits: setup.options.forks), emit: emit,
      controllerChanged: setup.forgetController)
  }

  /// The part of a run behind another one, with all that is known and connected.
  private init(after run: Run, _ program: Program) {
    setup = run.setup
    self.program = program
    emit = run.emit
    ledger = run.ledger
    progress = run.progress
    surroundings = run.surroundings
    coordinator = Coordinator(program.graph)
    fates = Fates(followers: program.followers, lost: run.fates.allLost)
  }

  /// Runs everything; cancelling the task ends it at the next safe point.
  package func execute() async -> RunRecord {
    let start = clock.now
    let plays = program.allPlays
    emit(
      .started(
        RunHeader(
          mode: setup.options.mode, playbook: setup.playbook.path, hosts: hosts(of: plays),
          taskCount: plays.reduce(0) { $0 + $1.taskCount },
          resultCount: plays.reduce(0) { $0 + $1.taskCount * $1.hosts.count })))
    var part = self
    var earlier = EarlierPlays()
    var taken = program.plays
    await part.walk()
    while let rest = part.program.rest, !_Concurrency.Task.isCancelled {
      earlier = earlier.followed(
        by: part.program, failed: await part.failures(), part.fates.allAbortions)
      var bag = DiagnosticBag()
      let next = rest(setup.inventory, earlier, &bag)
      for diagnostic in bag.all { notice(diagnostic) }
      guard let next else { break }
      part = Run(after: part, next)
      taken += next.plays
      await part.walk()
    }
    return await record(hosts(of: taken + plays), clock.now - start)
  }

  /// Hosts that have failed, and why, by the number of the play.
  private func failures() async -> [Int: [String: String]] {
    var failures: [Int: [String: String]] = [:]
    for play in program.plays {
      for (place, host) in play.hosts.enumerated() {
        let node = play.nodes.end(place)
        guard case .failed(let cause)? = await coordinator.outcome(of: node),
          !fates.isForgiven(host, upTo: play.number)
        else { continue }
        failures[play.play.number, default: [:]][host] = cause
      }
    }
    return failures
  }

  /// Walks all plays of this part to their ends.
  private func walk() async {
    for batches in Dictionary(grouping: program.plays, by: \.play.number).values {
      setup.variables.setHosts(of: batches[0].play, batches: batches.map(\.hosts))
    }
    await coordinator.begin()
    await withDiscardingTaskGroup { group in
      for play in program.plays {
        emit(.playStarted(name: play.name, hosts: play.hosts))
        for (place, name) in play.hosts.enumerated() {
          guard let host = setup.host(named: name) else { continue }
          let lane = Lane(run: self, play: play, host: host, place: place)
          group.addTask { await lane.walk() }
        }
      }
    }
  }

  /// Every host of some plays, in the inventory's order.
  private func hosts(of plays: [CompiledPlay]) -> [String] {
    let taking = Set(plays.flatMap(\.hosts))
    let written = setup.inventory.hosts.map(\.name).filter(taking.contains)
    return written + taking.subtracting(written).sorted()
  }

  private func record(_ hosts: [String], _ duration: Duration) async -> RunRecord {
    let machines = ledger.machines.withLock { $0 }
    for machine in machines.values {
      let exchanges = await machine.exchanges
      ledger.records.withLock { $0[machine.name, default: HostRecord()].exchanges = exchanges }
      await machine.close()
    }
    await setup.connector.shutDown()
    let known = ledger.records.withLock { $0 }
    let record = RunRecord(
      mode: setup.options.mode, playbook: setup.playbook.path,
      hosts: hosts.map { ($0, known[$0] ?? HostRecord()) }, duration: duration,
      interrupted: _Concurrency.Task.isCancelled ? "interrupted" : nil)
    emit(.finished(record))
    return record
  }

  // MARK: - What lanes ask

  /// Waits until the host's own part of what the play needs is done.
  func ownTurn(_ play: CompiledPlay, _ place: Int) async -> Coordinator.Outcome {
    let start = play.nodes.start(place)
    for edge in program.graph.predecessors(of: start)
    where edge.kind == .needs && !program.graph.isVirtual(edge.from) {
      let outcome = await coordinator.finished(edge.from)
      if case .failed = outcome, !(await isForgiven(edge.from, play.hosts[place])) {
        return outcome
      }
    }
    return .succeeded
  }

  /// Whether a failure of a host, up to the play of a node, was cleared since (`meta: clear_host_errors`).
  private func isForgiven(_ node: Int, _ host: String) async -> Bool {
    guard let play = program.plays.last(where: { $0.nodes.base <= node }) else { return false }
    _ = await coordinator.finished(play.nodes.join)
    return fates.isForgiven(host, upTo: play.number)
  }

  /// Clears the errors of all hosts of a play: later plays take them again.
  func forgive(_ play: CompiledPlay) async {
    fates.forgive(play.hosts, upTo: play.number)
    for host in play.hosts { await machine(of: host, play: play).forgetFailure() }
  }

  /// The plays after one that a host takes part in, with all their instructions.
  func laterPlays(
    after number: Int, of host: String
  ) -> [(play: CompiledPlay, instructions: [Instruction])] {
    (program.plays[(number + 1)...] + program.later).filter { $0.hosts.contains(host) }
      .map { ($0, $0.instructions) }
  }

  /// The machine of a host; made when it is first asked for.
  func machine(of name: String, play: CompiledPlay?) -> Machine {
    ledger.machines.withLock { machines in
      if let machine = machines[name] { return machine }
      let machine = Machine(
        name: name, endpoint: endpoint(of: name, play: play), surroundings: surroundings)
      machines[name] = machine
      return machine
    }
  }

  private func endpoint(of name: String, play: CompiledPlay?) -> Result<Endpoint, TransportError> {
    let host = setup.host(named: name) ?? Host.implicit(name)
    let variables = setup.variables.variables(for: host, play: play?.play)
    let settings = ConnectionSettings(
      host: name, keywords: play?.play.keywords ?? Keywords(),
      renderer: setup.renderer(variables, [setup.playbook.folder]), options: setup.options)
    do throws(Diagnostic) {
      return .success(try settings.endpoint())
    } catch {
      return .failure(
        TransportError(
          .invalidConfiguration, phase: .configuration, host: name, error.message, help: error.help)
      )
    }
  }

  /// What bounds how many hosts a task works on at once; nil when nothing does.
  ///
  /// `task`: its number in the playbook.
  func throttle(_ task: Int, at permits: Int?) -> Turnstile? {
    guard let permits, permits > 0 else { return nil }
    return ledger.throttles.withLock { throttles in
      if let known = throttles[task] { return known }
      let made = Turnstile(permits: permits)
      throttles[task] = made
      return made
    }
  }

  // MARK: - What lanes tell

  func notice(_ diagnostic: Diagnostic) { emit(.notice(diagnostic)) }

  func report(_ report: TaskReport) {
    ledger.records.withLock { records in records[report.host, default: HostRecord()].count(report) }
    emit(.task(report))
  }

  /// A `rescue` section takes over on a host: what was reported as failed there, in so many results, counts as rescued.
  func rescued(_ host: String, failures: Int = 0) {
    ledger.records.withLock { records in
      records[host, default: HostRecord()].rescued += 1
      records[host]?.failed -= failures
    }
  }

  /// A host takes no part in a play any more because of something else that has failed.
  func blocked(_ host: String, in play: CompiledPlay) {
    setup.variables.removeHost(host, from: play.play)
  }

  /// A host has failed in a play: the play ends for all when that is one too many, and with it those that follow it.
  func failed(_ host: String, in play: CompiledPlay, isFatal: Bool) {
    setup.variables.removeHost(host, from: play.play)
    let count = fates.fail(host, in: play.number)
    let total = play.hosts.count
    guard setup.options.mode.changesHosts else { return }
    if isFatal {
      fates.abort(play.play.number, because: host)
    } else if let setting = play.play.maxFailPercentage,
      let percent = try? setting.value(setup.renderer(ValueMap(), [])).known,
      Double(count) * 100 > percent * Double(total)
    {
      fates.abort(play.play.number, because: "\(count) of \(total) hosts failed")
    } else if count == total {
      let what = play.play.serial.isEmpty ? "play `\(play.name)`" : "a batch of `\(play.name)`"
      fates.abort(play.play.number, because: "all hosts of \(what) failed")
    }
  }

  /// The host is out for good; said once.
  func lose(_ host: String, _ error: TransportError) {
    ledger.records.withLock { $0[host, default: HostRecord()].isUnreachable = true }
    if fates.lose(host) { emit(.unreachable(host: host, error)) }
  }

  func isLost(_ host: String) -> Bool { fates.isLost(host) }
}

extension HostRecord {
  /// Adds what became of a task.
  mutating func count(_ report: TaskReport) {
    switch report.outcome {
    case .ok: ok += 1
    case .changed: changed += 1
    case .skipped: skipped += 1
    case .maybe: maybe += 1
    case .opaque: opaque += 1
    case .failed: failed += 1
    case .ignored: ignored += 1
    case .blocked: blocked += 1
    }
    if report.checkMode == false { carriedOut += 1 }
    predicted += report.changes.reduce(0) { $0 + $1.predicts.count }
    mispredicted += report.mispredicted.count
  }
}

/// What is already known about hosts for good.
final class Progress: Sendable {
  private let facts = Mutex<Set<String>>([])

  func hasFacts(_ host: String) -> Bool { facts.withLock { $0.contains(host) } }
  func forgetFacts(_ host: String) { facts.withLock { facts in _ = facts.remove(host) } }
  func gotFacts(_ host: String) { facts.withLock { facts in _ = facts.insert(host) } }
}

extension Host {
  /// A host that the inventory does not name: `delegate_to: localhost`.
  static func implicit(_ name: String) -> Host {
    Host(name: name, directGroups: [], groups: ["all"], isImplicit: true)
  }
}
