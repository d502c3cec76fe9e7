/// What all connections of a run have in common.
package struct SSHOptions: Sendable {
  /// ssh_config(5) files in order of precedence; missing ones are passed over.
  package var configurationPaths: [String]
  /// Stores the key of a host nothing is known about, whatever the configuration says.
  package var acceptsNewHostKeys = false
  /// The agent's socket, nil when there is none; `IdentityAgent` wins over it.
  package var agentPath: String?
  /// The local user's home and name, for defaults and tokens.
  package var home: String
  package var user: String
  /// The environment, for `${NAME}` in paths.
  package var variables: [String: String] = [:]

  /// How long the phases of one connection may take.
  package var connectLimit = Duration.seconds(10)
  package var bannerLimit = Duration.seconds(15)
  package var keyExchangeLimit = Duration.seconds(20)
  /// For each attempt to authenticate.
  package var authenticationLimit = Duration.seconds(30)
  package var channelLimit = Duration.seconds(30)

  /// Handshakes at the same time, in all and with one server (MaxStartups in sshd_config(5)).
  package var handshakes = 128
  package var handshakesPerServer = 6
  /// How often a server that is too busy is asked again, with growing pauses.
  package var retries = 7
  /// Session channels on one connection (MaxSessions in sshd_config(5)); fewer if it says so.
  package var channelsPerConnection = 10

  /// Bytes of SO_SNDBUF; nil leaves it to the system, which knows better outside of tests.
  var sendBuffer: Int32?

  /// Asks for the passphrase of a key file, once per file; nil when there is nobody to ask.
  package var passphrasePrompt: (@Sendable (_ path: String) async -> String?)?

  /// The usual places of a user.
  package init(home: String, user: String, agentPath: String? = nil) {
    self.home = home
    self.user = user
    self.agentPath = agentPath
    configurationPaths = ["\(home)/.ssh/config", "/etc/ssh/ssh_config"]
  }
}
