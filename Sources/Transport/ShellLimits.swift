/// Bounds of one shell: sizes in bytes, times as the controller's clock counts them.
package struct ShellLimits: Sendable, Hashable {
  /// What is kept of a frame's output, for each of the two streams; the rest is dropped and
  /// flagged.
  package var outputBytes = 4 << 20
  /// Payloads up to this size travel inside the message, larger ones on a channel of their own.
  package var inlinePayloadBytes = 64 << 10
  /// Size of the pieces in which larger payloads are sent.
  package var pieceBytes = 256 << 10
  /// From the opened channel to the hello of the shell.
  package var hello: Duration = .seconds(30)
  /// From the call of sudo or su to the shell it starts; sudo delays after a wrong password.
  package var privilege: Duration = .seconds(30)
  /// From the sent message, or from a frame's end, to the begin of the next frame; for each piece
  /// of a large payload.
  package var response: Duration = .seconds(60)
  /// From SIGTERM to SIGKILL for the process tree of an overdue frame, and from the good-bye of a
  /// shell to the end of its channel.
  package var grace: Duration = .seconds(3)
  /// How long an overdue frame may take to vanish after SIGKILL before its shell is given up.
  package var surrender: Duration = .seconds(10)
  /// How long the shell of a lost connection may take to end by itself before it is killed.
  package var predecessor: Duration = .seconds(10)

  package init() {}
}
