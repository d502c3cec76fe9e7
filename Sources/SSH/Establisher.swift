import Transport

/// Makes authenticated sessions: address, socket, handshake, host key, authentication.
struct Establisher: Sendable {
  /// What proves who we are besides keys and agents; never part of a message.
  struct Secrets: Sendable {
    var password: String?
    var passphrase: String?
  }

  private let options: SSHOptions
  private let reactor: Reactor
  private let dialer: Dialer
  private let resolver: Resolver
  private let pacer: Pacer
  private let policy = HostKeyPolicy()
  private let keys: KeyStore

  init(options: SSHOptions, reactor: Reactor) {
    self.options = options
    self.reactor = reactor
    let threads = BlockingThreads(limit: 16)
    dialer = Dialer(reactor: reactor, sendBuffer: options.sendBuffer)
    resolver = Resolver(threads: threads)
    pacer = Pacer(total: options.handshakes, perKey: options.handshakesPerServer)
    keys = KeyStore(threads: threads, prompt: options.passphrasePrompt)
  }

  /// A session with one host, through a bastion's session where there is one.
  ///
  /// A server that is too busy is asked again after a pause.
  func session(
    _ settings: HostSettings, _ secrets: Secrets, through outer: Session?
  ) async throws(TransportError) -> Session {
    var settings = settings
    if options.acceptsNewHostKeys, settings.strictness == .strict {
      settings.strictness = .acceptNew
    }
    var pause = Duration.milliseconds(100)
    for _ in 0..<options.retries {
      do {
        return try await paced(settings, secrets, through: outer)
      } catch  where error.code == .throttled {
        try await sleep(pause * Double.random(in: 0.5..<1.5), settings)
        pause *= 2
      }
    }
    return try await paced(settings, secrets, through: outer)
  }

  private func sleep(_ pause: Duration, _ settings: HostSettings) async throws(TransportError) {
    do {
      try await Task.sleep(for: pause)
    } catch {
      throw TransportError(.cancelled, phase: .banner, host: settings.name, "cancelled")
    }
  }

  private func paced(
    _ settings: HostSettings, _ secrets: Secrets, through outer: Session?
  ) async throws(TransportError) -> Session {
    let key = (outer?.host ?? "") + ">\(settings.address):\(settings.port)"
    guard await pacer.enter(key) else {
      throw TransportError(.cancelled, phase: .connect, host: settings.name, "cancelled")
    }
    defer { pacer.leave(key) }
    return try await open(settings, secrets, through: outer)
  }

  private func open(
    _ settings: HostSettings, _ secrets: Secrets, through outer: Session?
  ) async throws(TransportError) -> Session {
    var limits = PhaseLimits(
      connect: options.connectLimit, banner: options.bannerLimit,
      keyExchange: options.keyExchangeLimit, authentication: options.authenticationLimit,
      channel: options.channelLimit)
    if let seconds = settings.connectTimeout, seconds > 0 {
      limits.connect = .seconds(seconds)
      limits.banner = .seconds(seconds)
    }
    let session = try await carrier(settings, outer, limits)
    do throws(TransportError) {
      try await session.start()
      let key = try await session.handshake(algorithms(settings), limits: limits)
      try policy.check(key, for: settings)
      let authenticator = Authenticator(
        settings: settings, password: secrets.password, passphrase: secrets.passphrase,
        keys: keys, limit: limits.authentication)
      try await authenticator.authenticate(session)
    } catch {
      await session.close()
      throw error
    }
    await session.watch(
      Liveness(interval: .seconds(settings.aliveInterval), limit: settings.aliveCount))
    return session
  }

  private func carrier(
    _ settings: HostSettings, _ outer: Session?, _ limits: PhaseLimits
  ) async throws(TransportError) -> Session {
    if let outer {
      do throws(TransportError) {
        let tunnel = try await outer.openTunnel(
          to: settings.address, port: settings.port, within: limits.connect)
        return Session(reactor: reactor, host: settings.name, tunnel: tunnel)
      } catch {
        throw error.through(outer.host, to: settings.name)
      }
    }
    let addresses: [SocketAddress]
    switch await resolver.addresses(of: settings.address, port: settings.port) {
    case .success(let found): addresses = found
    case .failure(let problem):
      throw TransportError(
        .notFound, phase: .resolve, host: settings.name,
        "the name \(settings.address) has no address: \(problem.text)",
        help: "set ansible_host in the inventory, or HostName in ~/.ssh/config")
    }
    let descriptor = try await dialer.connect(
      to: addresses, port: settings.port, for: settings.name, within: limits.connect)
    return Session(reactor: reactor, host: settings.name, socket: descriptor)
  }

  private func algorithms(_ settings: HostSettings) -> Algorithms {
    var algorithms = Algorithms.preferred
    if let names = settings.keyExchanges { algorithms.keyExchanges = names }
    if let names = settings.ciphers { algorithms.ciphers = names }
    if let names = settings.macs { algorithms.macs = names }
    if let names = settings.hostKeyAlgorithms { algorithms.hostKeys = names }
    algorithms.prefer(hostKeyTypes: policy.storedTypes(for: settings))
    return algorithms
  }
}

extension TransportError {
  /// The same trouble as seen from a host behind the bastion that has it.
  func through(_ bastion: String, to host: String) -> TransportError {
    var error = self
    error.host = host
    if !error.message.contains("the bastion \(bastion)") {
      error.message = "through the bastion \(bastion): \(error.message)"
    }
    return error
  }
}
