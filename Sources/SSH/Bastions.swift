import Transport

/// Sessions with bastions, one for each however many hosts are behind it.
actor Bastions {
  private let configuration: Configuration
  private let establisher: Establisher
  private var sessions: [[Jump]: Task<Result<Session, TransportError>, Never>] = [:]

  init(configuration: Configuration, establisher: Establisher) {
    self.configuration = configuration
    self.establisher = establisher
  }

  /// The session at the end of a chain of bastions, nil for an empty chain.
  ///
  /// `users` are the chains on whose behalf this one is opened, to notice circles.
  func session(
    through chain: [Jump], for host: String, users: [[Jump]] = []
  ) async throws(TransportError) -> Session? {
    guard let last = chain.last else { return nil }
    guard !users.contains(chain) else {
      throw TransportError(
        .invalidConfiguration, phase: .configuration, host: host,
        "the bastion \(last.host) would be reached through itself",
        help: "set 'ProxyJump none' for one of the bastions in the SSH configuration")
    }
    for _ in 0..<2 {
      let task = sessions[chain] ?? begin(chain, last, users)
      switch await task.value {
      case .success(let session):
        if await session.failure == nil { return session }
        if sessions[chain] == task { sessions[chain] = nil }
      case .failure(let error):
        if sessions[chain] == task { sessions[chain] = nil }
        throw error.through(last.host, to: host)
      }
    }
    throw TransportError(
      .closed, phase: .connect, host: host, "the bastion \(last.host) ends its connections at once",
      help: "see the sshd log there")
  }

  private func begin(
    _ chain: [Jump], _ last: Jump, _ users: [[Jump]]
  ) -> Task<Result<Session, TransportError>, Never> {
    let task = Task { await self.open(chain, last, users) }
    sessions[chain] = task
    return task
  }

  private func open(
    _ chain: [Jump], _ last: Jump, _ users: [[Jump]]
  ) async -> Result<Session, TransportError> {
    do throws(TransportError) {
      var endpoint = Endpoint(kind: .ssh, name: last.host, port: last.port, user: last.user)
      endpoint.identityFile = last.identityFile
      endpoint.options = last.options
      let settings = try configuration.settings(for: endpoint)
      // What the configuration says about the way to a bastion counts for the first of a chain.
      let before = chain.count > 1 ? Array(chain.dropLast()) : settings.jumps
      let outer = try await session(through: before, for: last.host, users: users + [chain])
      let session = try await establisher.session(
        settings, Establisher.Secrets(), through: outer)
      await session.beginTunnels()
      return .success(session)
    } catch {
      return .failure(error)
    }
  }

  /// Ends all of them, the ones farthest out first.
  func close() async {
    let chains = sessions.sorted { $0.key.count > $1.key.count }
    sessions = [:]
    for (_, task) in chains {
      if case .success(let session) = await task.value { await session.close() }
    }
  }
}
