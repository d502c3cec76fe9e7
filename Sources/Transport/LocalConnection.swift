import Synchronization

/// Makes connections to the machine that the controller itself runs on.
package struct LocalConnector: Connector {
  private let shell: [String]

  package init() { shell = ["sh"] }

  /// Takes another program for `sh`: its name or path, with arguments.
  package init(shell: [String]) { self.shell = shell }

  package func connect(
    to endpoint: Endpoint
  ) async throws(TransportError) -> any Connection {
    LocalConnection(host: endpoint.name, shell: shell)
  }

  package func shutDown() async {}
}

/// The controller's own machine; each channel is a child process.
final class LocalConnection: Connection {
  private struct State {
    var channels: [LocalChannel] = []
    var isClosed = false
  }

  private let host: String
  private let shell: [String]
  private let state = Mutex(State())

  init(host: String, shell: [String]) {
    self.host = host
    self.shell = shell
  }

  var label: String { "\(host) (local)" }

  func openChannel() async throws(TransportError) -> any ByteChannel {
    let channel = try LocalChannel(host: host, command: shell)
    let isClosed = state.withLock { state in
      state.channels.removeAll(where: \.isFinished)
      state.channels.append(channel)
      return state.isClosed
    }
    guard !isClosed else {
      await channel.close()
      throw TransportError(.closed, phase: .channel, host: host, "the connection is closed")
    }
    return channel
  }

  func close() async {
    let channels = state.withLock { state in
      state.isClosed = true
      defer { state.channels = [] }
      return state.channels
    }
    for channel in channels { await channel.close() }
  }
}
