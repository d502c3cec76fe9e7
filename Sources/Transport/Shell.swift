/// One remote `sh` that lives as long as its channel and runs one message at a time.
package actor Shell {
  /// Who the shell is, as it said in its hello.
  package nonisolated let identity: ShellIdentity
  /// Messages sent; the hello is not counted.
  package private(set) var exchanges = 0

  init(identity: ShellIdentity) { self.identity = identity }

  /// Opens a channel, takes on the privilege and waits for the hello.
  ///
  /// `previous` is the shell of a connection that was lost: nothing is run before its process tree is gone.
  package static func open(
    on connection: any Connection, host: String, privilege: Privilege,
    limits: ShellLimits = ShellLimits(), previous: ShellIdentity? = nil
  ) async throws(TransportError) -> Shell {
    throw TransportError(.other, phase: .shell, host: host, "not available")
  }

  /// Sends one message and returns a reply for each frame, in order.
  ///
  /// `progress` is called once for each frame as soon as it ended, in order. Throws `closed` when the channel ended or the
  /// shell had to be given up, `cancelled` when the task was cancelled; what ran is stopped before.
  package func exchange(
    _ message: Message, progress: (@Sendable (_ frame: Int, _ reply: FrameReply) -> Void)? = nil
  ) async throws(TransportError) -> [FrameReply] {
    throw TransportError(.closed, phase: .exchange, host: "", "not available")
  }

  /// Ends the shell and its channel; safe to call twice.
  package func close() async {}
}
