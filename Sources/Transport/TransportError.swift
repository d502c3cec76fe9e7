/// A machine that could not be reached or talked to: where, in which phase, what it said, what to do.
package struct TransportError: Error, Sendable, Hashable {
  /// How far the way to the machine went; phases have deadlines and messages of their own.
  package enum Phase: String, Sendable, Hashable {
    case configuration, resolve, connect, banner, keyExchange = "key exchange", hostKey =
      "host key",
      authentication, channel, privilege, shell, exchange, disconnect
  }

  /// What kind of trouble, for exit codes and decisions.
  package enum Code: String, Sendable, Hashable {
    case notFound, refused, unreachable, timedOut, closed, hostKeyUnknown, hostKeyChanged,
      hostKeyRevoked,
      authenticationFailed, algorithmMismatch, throttled, noShell, privilegeRefused,
      privilegePasswordNeeded,
      privilegePasswordWrong, protocolViolation, cancelled, invalidConfiguration, other
  }

  package var code: Code
  package var phase: Phase
  /// The inventory's name of the host.
  package var host: String
  /// What happened: lower case, no full stop.
  package var message: String
  /// What the other side said, untouched.
  package var serverSaid: String?
  /// What to do about it.
  package var help: String?

  package init(
    _ code: Code, phase: Phase, host: String, _ message: String, serverSaid: String? = nil,
    help: String? = nil
  ) {
    self.code = code
    self.phase = phase
    self.host = host
    self.message = message
    self.serverSaid = serverSaid
    self.help = help
  }
}
