/// How a machine is reached: what the inventory says about one host's connection.
package struct Endpoint: Sendable, Hashable {
  package enum Kind: String, Sendable, Hashable { case ssh, local }

  package var kind: Kind
  /// The inventory's name of the host, for messages and for `~/.ssh/config`.
  package var name: String
  /// `ansible_host`: address or name to connect to; nil means what the SSH configuration says for `name`.
  package var address: String?
  /// `ansible_port`; nil means what the SSH configuration says, else 22.
  package var port: Int?
  /// `ansible_user`; nil means what the SSH configuration says, else the local user.
  package var user: String?
  /// `ansible_ssh_private_key_file`; nil means agent, SSH configuration, default keys.
  package var identityFile: String?
  /// `ansible_password`; a secret.
  package var password: String?
  /// The passphrase of the key file; a secret.
  package var passphrase: String?
  /// `-J` bastions in order, nearest to the controller first; nil means what the SSH configuration says.
  package var jumps: [Bastion]?
  /// Options as in ssh_config(5), lower-case keys, which win over the files (`userknownhostsfile`, `stricthostkeychecking`, ...).
  package var options: [String: String]

  package init(
    kind: Kind, name: String, address: String? = nil, port: Int? = nil, user: String? = nil
  ) {
    self.kind = kind
    self.name = name
    self.address = address
    self.port = port
    self.user = user
    options = [:]
  }
}

/// A bastion on the way to a machine.
package struct Bastion: Sendable, Hashable, ExpressibleByStringLiteral {
  /// `[user@]host[:port]`.
  package var target: String
  /// A key to log in with; nil means what the SSH configuration says.
  package var identityFile: String?
  /// Options as in ssh_config(5), lower-case keys, for the bastion alone.
  package var options: [String: String]

  package init(_ target: String, identityFile: String? = nil, options: [String: String] = [:]) {
    self.target = target
    self.identityFile = identityFile
    self.options = options
  }

  package init(stringLiteral target: String) { self.init(target) }
}

/// Makes connections; the engine gets one as a value and knows neither SSH nor processes.
package protocol Connector: Sendable {
  /// Connects and authenticates; paced so that no server is flooded.
  func connect(to endpoint: Endpoint) async throws(TransportError) -> any Connection
  /// Closes what is shared (bastions, reactors); connections must be closed before.
  func shutDown() async
}

/// An authenticated way to one machine, on which shells run side by side.
package protocol Connection: Sendable {
  /// What to call the machine in messages: `deploy@10.0.0.7:22`.
  var label: String { get }
  /// Starts exactly `exec sh` on the machine; the command string is public there, so it never holds data.
  func openChannel() async throws(TransportError) -> any ByteChannel
  /// Ends every channel and the connection; safe to call twice.
  func close() async
}

/// The standard streams of one remote `sh`.
package protocol ByteChannel: Sendable {
  /// Returns when all bytes are handed to the other side's window; output may be read meanwhile by another task.
  func send(_ bytes: [UInt8]) async throws(TransportError)
  /// The next piece of output; after `.end` always `.end`.
  func receive() async throws(TransportError) -> ChannelInput
  /// Ends the channel at once, whatever runs in it; safe to call twice.
  func close() async
}

/// What arrives from a channel.
package enum ChannelInput: Sendable, Equatable {
  case output([UInt8])
  case errors([UInt8])
  /// The shell is gone: its exit status when the other side told one. A status of nil is a loss, never a success.
  case end(status: Int32?, signal: String?)
}
