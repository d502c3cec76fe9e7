import ModuleKit

/// What came of the attempt to end processes on a host.
enum KillReport: Sendable, Equatable {
  /// The frame's own process is gone; processes below it that would not go, such as those waiting
  /// for a dead disk.
  case gone(left: [Int32])
  /// It would not go.
  case stuck
  /// No second shell could be opened, or it did not answer.
  case failed(TransportError)
}

/// Scripts that end a process with everything below it, run in a second shell of the same
/// privilege.
///
/// The processes of a host are read from /proc without ps: a line of /proc/PID/stat has state and
/// parent behind the last parenthesis, proc_pid_stat(5).
enum ProcessTree {
  /// Ends the subshell `frame` of the shell `parent`; nothing happens if it is no child of it any
  /// more.
  ///
  /// The top is stopped first, so that its script does not go on when a child of it ends. It gets
  /// SIGTERM last, so that a trap of its own can clear up.
  static func kill(frame: Int32, of parent: ShellIdentity, grace: Duration) -> Script {
    """
    \(functions)
    stat_of \(Int(frame))
    if [ "$parent" != \(Int(parent.pid)) ]; then echo gone; exit; fi
    kill -STOP \(Int(frame))
    end_below \(Int(frame)) \(tenths(grace))
    kill -TERM \(Int(frame))
    kill -CONT \(Int(frame))
    await_end 10 \(Int(frame))
    kill -KILL \(Int(frame)) 2>/dev/null
    await_end 50 \(Int(frame))
    if is_running \(Int(frame)); then echo stuck; exit; fi
    echo gone
    running_of $below
    """
  }

  /// Ends a whole shell and what it left in its temporary folder.
  ///
  /// Waits `patience` first, for it may be about to end by itself.
  static func replace(
    _ shell: ShellIdentity, patience: Duration, grace: Duration
  ) -> Script {
    """
    \(functions)
    pid=\(Int(shell.pid))
    is_predecessor() {
      stat_of "$pid"
      [ "$start" = \(String(shell.startTime)) ] && [ "$state" != Z ]
    }
    tenths=\(tenths(patience))
    while is_predecessor && [ "$tenths" -gt 0 ]; do
      tenths=$((tenths - 1))
      pause
    done
    if is_predecessor; then
      kill -STOP "$pid"
      end_below "$pid" \(tenths(grace))
      kill -KILL "$pid"
      await_end 50 "$pid" $below
      if is_predecessor; then echo stuck; exit; fi
      left=$(running_of $below)
      if [ "$left" ]; then echo stuck; exit; fi
    fi
    \(clear(after: shell))
    echo gone
    """
  }

  /// Ends a shell at once, so that it begins nothing more, and removes its temporary folder.
  static func kill(_ shell: ShellIdentity) -> Script {
    """
    \(functions)
    stat_of \(Int(shell.pid))
    [ "$start" != \(String(shell.startTime)) ] || kill -KILL \(Int(shell.pid))
    \(clear(after: shell))
    """
  }

  private static func clear(after shell: ShellIdentity) -> Script {
    """
    for place in /run/spile /dev/shm /tmp /var/tmp; do
      rm -rf -- "$place"/\("shell." + shell.tag)
    done
    """
  }

  private static func tenths(_ duration: Duration) -> Int {
    Int(duration / .milliseconds(100))
  }

  ///
  /// SIGKILL goes to the lower levels of the tree first: the script's own shell, at the first or,
  /// behind runuser, the second level, can then still clear up.
  private static let functions: Script = #"""
    pause() { sleep 0.1 2>/dev/null || sleep 1; }
    stat_of() {
      state= parent= start=
      read -r line 2>/dev/null <"/proc/$1/stat" || return
      set -- ${line##*) }
      state=$1 parent=$2
      start=${20}
    }
    is_running() {
      stat_of "$1"
      [ "$state" ] && [ "$state" != Z ]
    }
    running_of() {
      for each; do
        if is_running "$each"; then echo "$each"; fi
      done
    }
    descend() {
      table=$(cat /proc/[0-9]*/stat 2>/dev/null | while read -r line; do
        each=${line%% *}
        set -- ${line##*) }
        echo "$each $2"
      done)
      below= deeper= deepest= depth=1 level=" $1 "
      while [ "$level" != " " ]; do
        next=" "
        while read -r each parent; do
          case $level in *" $parent "*) next="$next$each " ;; esac
        done <<END
    $table
    END
        below=$below$next
        [ "$depth" -lt 2 ] || deeper=$deeper$next
        [ "$depth" -lt 3 ] || deepest=$deepest$next
        level=$next depth=$((depth + 1))
      done
    }
    await_end() {
      tries=$1
      shift
      while [ "$tries" -gt 0 ] && [ "$(running_of "$@")" ]; do
        tries=$((tries - 1))
        pause
      done
    }
    end_below() {
      descend "$1"
      [ "$below" != " " ] || return
      kill -TERM $below 2>/dev/null
      kill -CONT $below 2>/dev/null
      await_end "$2" $below
      all=$below
      for round in deepest deeper below; do
        descend "$1"
        all=$all$below
        eval "doomed=\$$round"
        [ "$(running_of $doomed)" ] || continue
        kill -KILL $doomed 2>/dev/null
        pause
      done
      below=$all
      await_end 10 $below
    }
    """#
}
