import ArgumentParser
import Diagnostics

/// Prints what is wrong with what the user wrote.
enum Complaints {
  static var renderer: DiagnosticRenderer {
    DiagnosticRenderer(color: Process.wantsColour(.errors))
  }

  /// Prints warnings and errors to standard error; ends the command when an error is among them.
  static func show(_ bag: DiagnosticBag) throws(ExitCode) {
    let shown = bag.all.filter { $0.severity > .note }.orderedByFile
    if !shown.isEmpty { StandardStream.errors.line(renderer.render(shown)) }
    guard !bag.hasErrors else {
      let count = shown.count { $0.severity == .error }
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

extension [Diagnostic] {
  /// By file in the order in which files were first met, then by place: whichever check found it; what has no place is
  /// last.
  var orderedByFile: [Diagnostic] {
    var files: [String: Int] = [:]
    for name in compactMap({ $0.span?.file.name }) where files[name] == nil {
      files[name] = files.count
    }
    return enumerated()
      .map { index, diagnostic in
        let place = diagnostic.span.map { (files[$0.file.name] ?? 0, $0.start, index) }
        return (place: place ?? (files.count, 0, index), diagnostic: diagnostic)
      }
      .sorted { $0.place < $1.place }.map(\.diagnostic).reduce(into: []) { kept, diagnostic in
        // A file that is read on two ways, such as one of group_vars, is complained about once.
        if !kept.contains(where: { $0.isSame(as: diagnostic) }) { kept.append(diagnostic) }
      }
  }
}

extension Diagnostic {
  fileprivate func isSame(as other: Diagnostic) -> Bool {
    id == other.id && message == other.message && span != nil
      && span?.location == other.span?.location
  }
}
