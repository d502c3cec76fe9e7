import ModuleKit
import Schema
import Transport

/// One machine: its connection, its shells, and what is known of it.
///
/// Messages to a machine go one after another, whoever sends them; facts are kept by the account they were seen with.
actor Machine {
  /// What every machine of a run shares.
  struct Surroundings: Sendable {
    let connector: any Connector
    let batches: ProbeBatches
    /// Bounds how many machines are talked to at once.
    let forks: Turnstile
    let parsedReplies = ParsedReplies()
    let emit: @Sendable (RunEvent) -> Void
    /// Called after steps that ran on the controller itself.
    let controllerChanged: @Sendable () -> Void
  }

  let name: String
  private let endpoint: Result<Endpoint, TransportError>
  private let surroundings: Surroundings
  /// Whether it is the machine that the run itself works on.
  nonisolated let isController: Bool
  private let turn = Turnstile(permits: 1)
  /// By the account that logged in; nil for the machine's own.
  private var connections: [String?: any Connection] = [:]
  private var shells: [Privilege: Shell] = [:]
  private var lost: [Privilege: ShellIdentity] = [:]
  private var views: [String: FactView] = [:]
  /// Dry run: facts as earlier tasks will have made them, and what may be anything after them.
  private var foreseen: [FactKey: Prediction] = [:]
  private var doubts: [(footprint: Footprint, reason: String)] = []
  /// Why the machine is given up; every later call throws it again without trying.
  private(set) var failure: TransportError?
  /// Messages sent, by login privilege.
  private(set) var exchanges: [String: Int] = [:]

  init(
    name: String, endpoint: Result<Endpoint, TransportError>, surroundings: Surroundings
  ) {
    self.name = name
    self.endpoint = endpoint
    self.surroundings = surroundings
    isController = (try? endpoint.get())?.kind == .local
  }

  /// What is known, as seen by an account.
  func view(as privilege: Privilege) -> FactView { views[account(privilege)] ?? FactView() }

  /// Observes what is not known yet; returns the view afterwards.
  func probe(_ requests: [FactRequest], as privilege: Privilege) async throws(TransportError)
    -> FactView
  {
    guard requests.contains(where: { !view(as: privilege).answers($0) }) else {
      return view(as: privilege)
    }
    _ = try await turn.pass { () async throws(TransportError) -> [FrameReply] in
      // Another play of the same host may have asked the same meanwhile.
      let missing = requests.filter { !self.view(as: privilege).answers($0) }
      guard !missing.isEmpty else { return [] }
      return try await self.send(
        [], touching: .nothing, observing: missing, as: privilege, label: "probe")
    }
    return view(as: privilege)
  }

  /// Sends one message: steps, then probes of what they may have touched.
  ///
  /// Touched facts that are not observed are forgotten.
  /// - Returns: the replies to the steps, in order.
  func perform(
    _ steps: [Frame], touching footprint: Footprint = .nothing, observing requests: [FactRequest],
    as privilege: Privilege, label: String
  ) async throws(TransportError) -> [FrameReply] {
    try await turn.pass { () async throws(TransportError) -> [FrameReply] in
      try await self.send(
        steps, touching: footprint, observing: requests, as: privilege, label: label)
    }
  }

  /// Forgets what somebody else's steps on this machine may have touched.
  func forget(_ footprint: Footprint) {
    for account in views.keys { views[account]?.forget(footprint) }
  }

  /// What every account has seen.
  var allViews: [FactView] { Array(views.values) }

  /// Dry run: lays what a task would do over what is known.
  ///
  /// What its steps may touch and nothing predicts, and all of it where it is in doubt whether the
  /// task changes anything, is unknown from here on.
  func foresee(_ changes: [Change], doubt: Unknown?, by task: String) {
    let footprint = changes.reduce(Footprint.nothing) { $0.union($1.doubtful) }
    let predictions = doubt == nil ? changes.flatMap(\.predicts) : []
    let reason = doubt?.summary ?? "what task `\(task)` does"
    for key in foreseen.keys where footprint.touches(key) { foreseen[key] = nil }
    doubts.append((footprint, reason))
    for prediction in predictions { foreseen[prediction.key] = prediction }
    for account in views.keys {
      var view = views[account] ?? FactView()
      for key in view.keys where footprint.touches(key) {
        view[key] = Observation(
          .unknown(.init(reason)), wants: view[key]?.wants ?? [],
          former: view[key]?.former ?? view[key]?.reading)
      }
      views[account] = view.predicting(predictions)
    }
  }

  /// Whether earlier tasks of a dry run have foreseen something of what is to be read, or put it in doubt.
  func foresees(_ requests: [FactRequest]) -> Bool {
    requests.contains { request in
      foreseen[request.key] != nil || doubts.contains { $0.footprint.touches(request.key) }
    }
  }

  /// Whether earlier tasks of a dry run have foreseen anything.
  var foreseesAnything: Bool { !doubts.isEmpty }

  /// Forgets that the machine could not be reached: the next call tries again.
  func forgetFailure() { failure = nil }

  /// Ends the connection; the next call makes a new one, and what is known stays known.
  func reset() async {
    await close()
    lost = [:]
  }

  func close() async {
    for shell in shells.values { await shell.close() }
    shells = [:]
    for connection in connections.values { await connection.close() }
    connections = [:]
  }

  // MARK: - Exchanges

  private func send(
    _ steps: [Frame], touching footprint: Footprint, observing requests: [FactRequest],
    as privilege: Privilege, label: String
  ) async throws(TransportError) -> [FrameReply] {
    let batch = surroundings.batches.batch(asking: requests)
    let message = Message(steps + batch.frames)
    guard !message.frames.isEmpty else { return [] }
    let replies: [FrameReply]
    do throws(TransportError) {
      replies = try await exchange(message, as: privilege, label: label)
    } catch {
      forget(footprint)
      guard error.code == .closed, steps.isEmpty else { throw error }
      replies = try await exchange(message, as: privilege, label: label)
    }
    forget(footprint)
    if !steps.isEmpty, isController { surroundings.controllerChanged() }
    try await learn(batch, Array(replies.dropFirst(steps.count)), as: privilege)
    return Array(replies.prefix(steps.count))
  }

  private func learn(
    _ batch: ProbeBatch, _ replies: [FrameReply], as privilege: Privilege
  ) async throws(TransportError) {
    let (known, again) = batch.observations(from: replies, surroundings.parsedReplies)
    remember(known, as: privilege)
    for request in again {
      let single = surroundings.batches.batch(askingAgain: request)
      let replies = try await exchange(
        Message(single.frames), as: privilege, label: "probe \(request.key)")
      remember(single.observations(from: replies, surroundings.parsedReplies).known, as: privilege)
    }
  }

  /// Takes over observations; a dry run's predictions outlast them.
  private func remember(_ known: [FactKey: Observation], as privilege: Privilege) {
    for (key, observation) in known {
      var observation = observation
      if let prediction = foreseen[key] {
        observation = Observation(
          prediction.reading, wants: prediction.wants.union(observation.wants))
      } else if let doubt = doubts.last(where: { $0.footprint.touches(key) }) {
        observation = Observation(.unknown(.init(doubt.reason)), wants: observation.wants)
      }
      views[account(privilege), default: FactView()][key] = observation
    }
  }

  private func exchange(
    _ message: Message, as privilege: Privilege, label: String
  ) async throws(TransportError) -> [FrameReply] {
    if let failure { throw failure }
    let privilege = usual(privilege)
    return try await surroundings.forks.pass { () async throws(TransportError) -> [FrameReply] in
      try await self.exchangeNow(message, as: privilege, label: label)
    }
  }

  private func exchangeNow(
    _ message: Message, as privilege: Privilege, label: String
  ) async throws(TransportError) -> [FrameReply] {
    let shell = try await shell(for: privilege)
    surroundings.emit(.exchanging(host: name, label: label))
    exchanges[account(privilege), default: 0] += 1
    do throws(TransportError) {
      return try await shell.exchange(message)
    } catch {
      lost[privilege] = shell.identity
      shells[privilege] = nil
      if error.code == .closed { await close() }
      throw error
    }
  }

  // MARK: - Connecting

  private func shell(for privilege: Privilege) async throws(TransportError) -> Shell {
    if let shell = shells[privilege] { return shell }
    do throws(TransportError) {
      let connection = try await connected(as: privilege.login)
      let shell = try await Shell.open(
        on: connection, host: name, privilege: privilege,
        previous: lost.removeValue(forKey: privilege))
      shells[privilege] = shell
      return shell
    } catch {
      failure = error
      await close()
      throw error
    }
  }

  private func connected(as login: String?) async throws(TransportError) -> any Connection {
    if let connection = connections[login] { return connection }
    var endpoint = try endpoint.get()
    if let login { endpoint.user = login.isEmpty ? nil : login }
    let made = try await surroundings.connector.connect(to: endpoint)
    connections[login] = made
    surroundings.emit(.connected(host: name))
    return made
  }

  /// The privilege with the machine's own login where it names that.
  private func usual(_ privilege: Privilege) -> Privilege {
    guard let login = privilege.login, let endpoint = try? endpoint.get() else { return privilege }
    var privilege = privilege
    if endpoint.kind == .local || login == endpoint.user ?? "" { privilege.login = nil }
    return privilege
  }

  private func account(_ privilege: Privilege) -> String {
    guard privilege.method == .none else { return privilege.user }
    return usual(privilege).login ?? (try? endpoint.get())?.user ?? "login"
  }
}
