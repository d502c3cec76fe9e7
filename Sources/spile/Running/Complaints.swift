import ArgumentParser
import Diagnostics

/// Prints what is wrong with what the user wrote.
enum Complaints {
  static var renderer: DiagnosticRenderer {
    DiagnosticRenderer(color: Process.wantsColour(.errors))
  }

  /// Prints all diagnostics to standard error; ends the command when an error is among them.
  static func show(_ bag: DiagnosticBag) throws(ExitCode) {
    if !bag.all.isEmpty { StandardStream.errors.line(renderer.render(bag.all)) }
    guard !bag.hasErrors else {
      let count = bag.errors.count
      StandardStream.errors.line("\n\(count) \(count == 1 ? "error" : "errors"); nothing was done")
      throw ExitCode(ExitStatus.couldNotStart)
    }
  }

  /// Prints one error and ends the command.
  static func fail(_ diagnostic: Diagnostic) throws(ExitCode) -> Never {
    StandardStream.errors.line(renderer.render(diagnostic))
    throw ExitCode(ExitStatus.couldNotStart)
  }
}
