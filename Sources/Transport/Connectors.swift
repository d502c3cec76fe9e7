/// Picks the way to a machine by the kind of its endpoint.
package struct Connectors: Connector {
  private let ssh: any Connector
  private let local: any Connector

  package init(ssh: any Connector, local: any Connector = LocalConnector()) {
    self.ssh = ssh
    self.local = local
  }

  package func connect(
    to endpoint: Endpoint
  ) async throws(TransportError) -> any Connection {
    switch endpoint.kind {
    case .ssh: try await ssh.connect(to: endpoint)
    case .local: try await local.connect(to: endpoint)
    }
  }

  package func shutDown() async {
    await ssh.shutDown()
    await local.shutDown()
  }
}
