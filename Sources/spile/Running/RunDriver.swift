import ArgumentParser
import Diagnostics
import Engine
import Glibc
import Report
import SSH
import Transport

/// Runs a compiled playbook under a report, and minds interruptions.
struct RunDriver {
  let composition: Composition
  let options: RunOptions
  let ssh: SSHOptions
  let form: OutputOptions.Form
  let style: RunStyle
  /// Where the hosts that are not done are written; nil for nowhere.
  var retryFile: RetryFile?

  /// Runs to the end.
  /// - Returns: the exit code.
  func run(
    _ loaded: Composition.Loaded, _ program: Program, changesMatter: Bool
  ) async throws -> Int32 {
    let record = try await run(loaded, program, self.report())
    try retryFile?.write(record)
    return status(of: record, changesMatter: changesMatter)
  }

  /// How the process ends after a run.
  func status(of record: RunRecord, changesMatter: Bool) -> Int32 {
    if record.interrupted != nil, let signal = Interruption.signal { return 128 + signal }
    return record.exitCode(changesMatter: changesMatter)
  }

  /// Runs to the end under a report of the caller's.
  func run(
    _ loaded: Composition.Loaded, _ program: Program, _ report: any RunReport
  ) async throws -> RunRecord {
    let setup: RunSetup
    do throws(TransportError) {
      setup = try composition.setup(loaded, options, ssh: ssh)
    } catch {
      try Complaints.fail(Diagnostic(.error, "ssh", error.message, help: error.help))
    }
    var faults = DiagnosticBag()
    faults.add(contentsOf: Foresight(setup).bundleFaults(of: program))
    try Complaints.show(faults)
    let task = Task { await Pipeline.run(setup, program) { report.receive($0) } }
    return await Interruption.guarding(
      stop: {
        let text = "stopping at the next safe point; interrupt once more to stop at once"
        if StandardStream.output.isTerminal, form == .text {
          report.note(text)
        } else {
          StandardStream.errors.line(text)
        }
        task.cancel()
      },
      cleanUp: { report.abandon() }, { await task.value })
  }

  private func report() -> any RunReport {
    switch form {
    case .json: return JSONLines { StandardStream.output.write($0) }
    case .text:
      var style = style
      style.colours = Style(isColoured: Process.wantsColour(.output))
      let screen = Screen.on(.output)
      return TextReport(
        style: style, screen: screen ?? Screen.on(.errors), isShared: screen != nil
      ) { StandardStream.output.write($0) }
    }
  }
}
