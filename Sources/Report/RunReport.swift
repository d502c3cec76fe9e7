import Engine
import Schema

/// Somebody who is told what happens in a run, from any thread.
package protocol RunReport: Sendable {
  func receive(_ event: RunEvent)
  /// A word to the user that belongs to no event: that the run is stopping.
  func note(_ text: String)
  /// The process is about to end without waiting for the run: the terminal is put in order.
  func abandon()
}

extension RunReport {
  package func note(_ text: String) {}
  package func abandon() {}
}

/// Events as JSON, a line for each; the last is the record.
package struct JSONLines: RunReport {
  private let write: @Sendable (String) -> Void

  /// - Parameter write: gets whole lines.
  package init(write: @escaping @Sendable (String) -> Void) { self.write = write }

  package func receive(_ event: RunEvent) {
    if let value = JSONReport.value(event) { write(JSON.text(value) + "\n") }
  }
}
