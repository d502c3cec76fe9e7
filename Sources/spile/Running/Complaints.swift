import ArgumentParser
import Diagnostics

/// Prints what is wrong with what the user wrote.
enum Complaints {
  static var renderer: DiagnosticRenderer {
    DiagnosticRenderer(color: Process.wantsColour(.errors))
  }

  /// Prints all diagnostics to standard error; ends the command when an error is among them.
  static func show(_ bag: DiagnosticBag) throws(ExitCode) {
    if !bag.all.isEmpty { StandardStream.errors.line(renderer.render(inOrder(bag.all))) }
    guard !bag.hasErrors else {
      let count = bag.errors.count
      StandardStream.errors.line("\n\(count) \(count == 1 ? "error" : "errors"); nothing was done")
      throw ExitCode(ExitStatus.couldNotStart)
    }
  }

  /// By file in the order in which files were first met, then by place: whichever check found it.
  private static func inOrder(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    var files: [String: Int] = [:]
    for name in diagnostics.compactMap({ $0.span?.file.name }) where files[name] == nil {
      files[name] = files.count
    }
    return diagnostics.enumerated()
      .map { index, diagnostic in
        let place = diagnostic.span.map { (files[$0.file.name] ?? 0, $0.start, index) }
        return (place: place ?? (files.count, 0, index), diagnostic: diagnostic)
      }
      .sorted { $0.place < $1.place }.map(\.diagnostic)
  }

  /// Prints one error and ends the command.
  static func fail(_ diagnostic: Diagnostic) throws(ExitCode) -> Never {
    StandardStream.errors.line(renderer.render(diagnostic))
    throw ExitCode(ExitStatus.couldNotStart)
  }
}
