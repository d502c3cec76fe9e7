import Schema

/// A command that goes on by itself on a host (`async`): it survives the message that started it, and the connection.
///
/// What it prints and its status wait in a folder of the account: below `/run/spile/jobs` for root, else below
/// `~/.spile/jobs`.
package struct BackgroundJob: Sendable, Hashable {
  /// What stands for the job: letters, digits and `.`.
  package let id: String

  /// A job by its name; nil where a job cannot be called so.
  package init?(id: String) {
    let isName = id.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."):
        true
      default: false
      }
    }
    guard isName, id.utf8.first != UInt8(ascii: "."), !id.isEmpty, id.utf8.count <= 64 else {
      return nil
    }
    self.id = id
  }

  private init(number: UInt64) { id = "j\(number)" }

  /// A job with a name that no other has.
  package static func new() -> BackgroundJob { BackgroundJob(number: .random(in: .min ... .max)) }

  /// What has become of a job.
  package enum State: Sendable, Hashable {
    /// There is no such job.
    case absent
    case running
    /// It ended without leaving a status: the host has killed it.
    case lost
    case finished(status: Int32, output: [UInt8], errors: [UInt8])
  }

  // MARK: - Scripts

  /// Sets `$job` to the folder.
  private var place: Script {
    """
    if [ "$(id -u)" = 0 ]; then jobs=/run/spile/jobs; else jobs=${HOME:?}/.spile/jobs; fi
    job=$jobs/\(id)
    """
  }

  /// The steps that start what another step would do.
  ///
  /// `limit`: seconds after which it is ended, with the status 124 (timeout(1)).
  package func start(_ step: Step, limit: Int) -> [Step] {
    let source = ShellLibrary.source + step.script
    let text = Text(source.source + "\n", marks: step.isSecret ? .secret : [])
    return [
      Step(
        "prepare the job \(id)",
        place + """
          umask 077
          mkdir -p "$jobs" && mkdir "$job" && cat >"$job/run"
          """, input: Blob(text), footprint: .nothing, isSecret: step.isSecret),
      Step(
        step.label,
        place + """
          umask 077
          cd "$job" && cat >input || exit
          launch=
          if command -v setsid >/dev/null; then launch=setsid; fi
          export spile_native_umask spile_native_path
          $launch sh -c '
            echo $$ >pid
            timeout -k 5 "$1" sh ./run <input >stdout 2>stderr
            echo $? >status.new
            rm -f run input
            mv status.new status
          ' job \(limit) </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
          """, input: step.input, footprint: step.footprint, isSecret: step.isSecret),
    ]
  }

  /// The steps that look what has become of it.
  package var look: [Step] {
    [
      Step(
        "look at the job \(id)",
        place + """
          cd "$job" 2>/dev/null || { echo absent; exit 0; }
          if [ -f status ]; then cat status
          elif [ ! -f pid ] || kill -0 "$(cat pid)" 2>/dev/null; then echo running
          else sleep 1; cat status 2>/dev/null || echo lost
          fi
          """, footprint: .any),
      Step(
        "read what the job \(id) has printed",
        place + """
          cd "$job" 2>/dev/null || exit 0
          [ -f status ] || exit 0
          cat stdout && cat stderr >&2
          """, footprint: .any),
    ]
  }

  /// Removes what it has left, and ends it where it still runs.
  package var erase: Step {
    Step(
      "remove the job \(id)",
      place + """
        if [ ! -f "$job/status" ] && [ -f "$job/pid" ]; then
          kill -TERM -"$(cat "$job/pid")" 2>/dev/null
        fi
        rm -rf -- "$job"
        rmdir "$jobs" 2>/dev/null
        true
        """, footprint: .nothing)
  }

  /// What the replies to `look` mean.
  package static func state(of replies: [StepReply]) -> State {
    guard replies.count == 2 else { return .absent }
    let word = String(replies[0].text.prefix { !$0.isNewline })
    switch word {
    case "absent", "": return .absent
    case "running": return .running
    case "lost": return .lost
    default:
      return .finished(
        status: Int32(word) ?? -1, output: replies[1].output, errors: replies[1].errors)
    }
  }

  /// The entries of a result that say how far it is.
  package func progress(isFinished: Bool) -> ValueMap {
    [
      "ansible_job_id": .string(id), "started": .bool(true), "finished": .bool(isFinished),
    ]
  }
}
