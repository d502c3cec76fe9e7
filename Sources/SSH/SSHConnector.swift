import Glibc
import Transport

/// Connects over SSH: one reactor, paced handshakes, bastions shared by the hosts behind them.
package final class SSHConnector: Connector {
  private let options: SSHOptions
  private let configuration: Configuration
  private let establisher: Establisher
  private let bastions: Bastions
  private let reactor: Reactor

  /// Reads the SSH configuration; what is wrong in it is reported by the first connect it concerns.
  package init(options: SSHOptions) throws(TransportError) {
    self.options = options
    raiseDescriptorLimit()
    do throws(SystemError) {
      reactor = try Reactor()
    } catch {
      throw TransportError(
        .other, phase: .configuration, host: "localhost", "the SSH reactor: \(error.text)")
    }
    configuration = Configuration(
      paths: options.configurationPaths,
      environment: Configuration.Environment(
        home: options.home, user: options.user, agentPath: options.agentPath,
        variables: options.variables),
      read: { try? Files.read($0) })
    establisher = Establisher(options: options, reactor: reactor)
    bastions = Bastions(configuration: configuration, establisher: establisher)
  }

  package func connect(to endpoint: Endpoint) async throws(TransportError) -> any Connection {
    try await establish(endpoint)
  }

  @concurrent
  private func establish(_ endpoint: Endpoint) async throws(TransportError) -> SSHConnection {
    let settings = try configuration.settings(for: endpoint)
    let outer = try await bastions.session(through: settings.jumps, for: settings.name)
    let secrets = Establisher.Secrets(
      password: endpoint.password, passphrase: endpoint.passphrase)
    let session = try await establisher.session(settings, secrets, through: outer)
    await session.beginService(channelLimit: options.channelsPerConnection)
    return SSHConnection(session: session, label: settings.label, limit: options.channelLimit)
  }

  package func shutDown() async {
    await bastions.close()
    reactor.stop()
  }
}

/// Lifts the soft limit on open files to the hard one: a socket per host (getrlimit(2)).
private func raiseDescriptorLimit() {
  var limit = rlimit()
  guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
    limit.rlim_cur < limit.rlim_max
  else { return }
  limit.rlim_cur = limit.rlim_max
  _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}

/// One authenticated connection; ends when it and its channels are let go of.
package final class SSHConnection: Connection {
  package let label: String
  private let session: Session
  private let limit: Duration

  init(session: Session, label: String, limit: Duration) {
    self.session = session
    self.label = label
    self.limit = limit
  }

  deinit {
    let session = session
    Task { await session.close() }
  }

  package func openChannel() async throws(TransportError) -> any ByteChannel {
    SSHChannel(session, id: try await session.openShell(within: limit), of: self)
  }

  package func close() async { await session.close() }
}

/// The streams of one remote shell.
package final class SSHChannel: ByteChannel {
  private let session: Session
  private let id: Int
  /// A connection lives as long as one of its channels.
  private let connection: SSHConnection

  init(_ session: Session, id: Int, of connection: SSHConnection) {
    self.session = session
    self.id = id
    self.connection = connection
  }

  deinit {
    let session = session
    let id = id
    Task { await session.closeChannel(id) }
  }

  package func send(_ bytes: [UInt8]) async throws(TransportError) {
    try await session.send(bytes, on: id)
  }

  package func receive() async throws(TransportError) -> ChannelInput {
    try await session.receive(on: id)
  }

  package func close() async { await session.closeChannel(id) }
}
