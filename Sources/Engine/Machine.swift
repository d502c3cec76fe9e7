import ModuleKit
import Transport

/// One machine: its connection, its shells, and what is known of it.
///
/// Messages to a machine go one after another, whoever sends them; facts are kept by the account they were seen with.
actor Machine {
  /// What every machine of a run shares.
  struct Surroundings: Sendable {
    let connector: any Connector
    let registry: ModuleRegistry
    /// Bounds how many machines are talked to at once.
    let forks: Turnstile
    let probeDeadline: Duration
    let emit: @Sendable (RunEvent) -> Void
  }

  let name: String
  private let endpoint: Endpoint
  private let surroundings: Surroundings
  private let turn = Turnstile(permits: 1)
  private var connection: (any Connection)?
  private var shells: [Privilege: Shell] = [:]
  private var lost: [Privilege: ShellIdentity] = [:]
  private var views: [String: FactView] = [:]
  /// Why the machine is given up; every later call throws it again without trying.
  private(set) var failure: TransportError?
  /// Messages sent, by login privilege.
  private(set) var exchanges: [String: Int] = [:]

  init(name: String, endpoint: Endpoint, surroundings: Surroundings) {
    self.name = name
    self.endpoint = endpoint
    self.surroundings = surroundings
  }

  /// What is known, as seen by an account.
  func view(as privilege: Privilege) -> FactView { views[account(privilege)] ?? FactView() }

  /// Observes what is not known yet; returns the view afterwards.
  func probe(_ requests: [FactRequest], as privilege: Privilege) async throws(TransportError) -> FactView {
    let missing = requests.filter { !view(as: privilege).answers($0) }
    guard !missing.isEmpty else { return view(as: privilege) }
    _ = try await perform([], observing: missing, as: privilege, label: "probe")
    return view(as: privilege)
  }

  /// Sends one message: steps, then probes of what they may have touched. Touched facts that are not observed are forgotten.
  /// - Returns: the replies to the steps, in order.
  func perform(
    _ steps: [Frame], touching footprint: Footprint = .nothing, observing requests: [FactRequest],
    as privilege: Privilege, label: String
  ) async throws(TransportError) -> [FrameReply] {
    try await turn.pass { () async throws(TransportError) -> [FrameReply] in
      try await self.send(steps, touching: footprint, observing: requests, as: privilege, label: label)
    }
  }

  /// Forgets what somebody else's steps on this machine may have touched.
  func forget(_ footprint: Footprint) {
    for account in views.keys { views[account]?.forget(footprint) }
  }

  func close() async {
    for shell in shells.values { await shell.close() }
    shells = [:]
    await connection?.close()
    connection = nil
  }

  // MARK: - Exchanges

  private func send(
    _ steps: [Frame], touching footprint: Footprint, observing requests: [FactRequest],
    as privilege: Privilege, label: String
  ) async throws(TransportError) -> [FrameReply] {
    let batch = ProbeBatch(
      requests, registry: surroundings.registry, deadline: surroundings.probeDeadline)
    let message = Message(steps + batch.frames(runsAlways: true))
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
    try await learn(batch, Array(replies.dropFirst(steps.count)), as: privilege)
    return Array(replies.prefix(steps.count))
  }

  private func learn(
    _ batch: ProbeBatch, _ replies: [FrameReply], as privilege: Privilege
  ) async throws(TransportError) {
    let (known, again) = batch.observations(from: replies)
    for (key, observation) in known { views[account(privilege), default: FactView()][key] = observation }
    for request in again {
      let single = ProbeBatch(
        [request], registry: surroundings.registry, deadline: surroundings.probeDeadline)
      let replies = try await exchange(
        Message(single.frames()), as: privilege, label: "probe \(request.key)")
      for (key, observation) in single.observations(from: replies).known {
        views[account(privilege), default: FactView()][key] = observation
      }
    }
  }

  private func exchange(
    _ message: Message, as privilege: Privilege, label: String
  ) async throws(TransportError) -> [FrameReply] {
    if let failure { throw failure }
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
      lost[privilege] = await shell.identity
      shells[privilege] = nil
      if error.code == .closed { await close() }
      throw error
    }
  }

  // MARK: - Connecting

  private func shell(for privilege: Privilege) async throws(TransportError) -> Shell {
    if let shell = shells[privilege] { return shell }
    do throws(TransportError) {
      let connection = try await connected()
      let shell = try await Shell.open(
        on: connection, host: name, privilege: privilege, replacing: lost.removeValue(forKey: privilege))
      shells[privilege] = shell
      return shell
    } catch {
      failure = error
      await close()
      throw error
    }
  }

  private func connected() async throws(TransportError) -> any Connection {
    if let connection { return connection }
    let made = try await surroundings.connector.connect(to: endpoint)
    connection = made
    surroundings.emit(.connected(host: name))
    return made
  }

  private func account(_ privilege: Privilege) -> String {
    privilege.method == .none ? endpoint.user ?? "login" : privilege.user
  }
}
