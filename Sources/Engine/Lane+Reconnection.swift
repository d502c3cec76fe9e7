import ModuleKit
import Transport

extension Lane {
  /// Waits until a machine answers as an action wishes; why it was given up, if it was.
  func reconnected(
    _ wait: Reconnection, _ item: ItemWork, _ machine: Machine
  ) async -> TaskFailure? {
    await machine.reset()
    try? await run.clock.sleep(for: wait.delay)
    let end = run.clock.now + wait.timeout
    var said = ""
    while !_Concurrency.Task.isCancelled {
      await machine.forgetFailure()
      do throws(TransportError) {
        let replies = try await machine.perform(
          frames([wait.check], item), observing: [], as: item.privilege, label: wait.check.label)
        switch replies.first.map({ outcome(of: wait.check, $0) }) {
        case .success?: return nil
        case .failure(let failure)?:
          said = failure.errors.isEmpty ? failure.message : failure.errors
        case nil: said = "no reply"
        }
      } catch {
        said = error.message
        await machine.reset()
      }
      guard run.clock.now < end else { break }
      try? await run.clock.sleep(for: wait.interval)
    }
    return TaskFailure(
      "not-back",
      "the host was not there within \(wait.timeout.components.seconds) seconds: \(said)")
  }
}
