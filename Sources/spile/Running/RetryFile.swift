import Diagnostics
import Engine
import Glibc
import Model

/// `--retry-file`: the names of the hosts that are not done, one a line, for `--limit @FILE`.
struct RetryFile {
  let path: String

  /// An error where the file could not be written later; nil when it can.
  var problem: Diagnostic? {
    let folder = ControllerPath.folder(of: path)
    guard access(folder, W_OK) != 0 || ControllerDisk.system.kind(path) == .folder else {
      return nil
    }
    return Diagnostic(
      .error, "retry-file", "the retry file `\(path)` cannot be written",
      help: "name a file in a folder that exists and that you may write to")
  }

  /// Replaces the file by the hosts of a run that failed, were blocked or were not reached; of an interrupted run all.
  ///
  /// It is empty when all are done: a limit of nothing is refused, and never means everything.
  func write(_ record: RunRecord) throws {
    let names = record.hosts.filter { _, host in
      record.interrupted != nil || host.isUnreachable || host.failed + host.blocked > 0
    }.map(\.name)
    do throws(ControllerDisk.Failure) {
      try FileWriting(.rewritten(keeping: 0o777), mode: 0o644).write(
        Array(names.map { "\($0)\n" }.joined().utf8), to: path)
    } catch {
      try Complaints.fail(
        Diagnostic(
          .error, "retry-file", "the retry file `\(path)` cannot be written: \(error.reason)"))
    }
  }
}
