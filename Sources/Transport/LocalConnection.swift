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
struct LocalConnection: Connection {
  let host: String
  let shell: [String]

  var label: String { "\(host) (local)" }

  func openChannel() async throws(TransportError) -> any ByteChannel {
    try LocalChannel(host: host, command: shell)
  }

  func close() async {}
}
