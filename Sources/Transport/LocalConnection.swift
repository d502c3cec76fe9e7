/// Makes connections to the machine that the controller itself runs on.
package struct LocalConnector: Connector {
  package init() {}

  package func connect(
    to endpoint: Endpoint
  ) async throws(TransportError) -> any Connection {
    throw TransportError(.other, phase: .connect, host: endpoint.name, "not available")
  }

  package func shutDown() async {}
}
