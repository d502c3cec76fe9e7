import Diagnostics
import ModuleKit
import Schema

extension WaitForModule {
  /// Functions of the waiting shell.
  ///
  /// Seconds come from `/proc/uptime`, which nobody can set. POSIX sh has no sockets, so a connection is tried with
  /// bash; without it a port of this machine is looked up in `/proc/net/tcp` (proc_pid_net(5): state 0A listens), and one of
  /// another is tried with nc(1).
  static let functions: Script = """
    seconds() { read -r now rest </proc/uptime && now=${now%%.*}; }
    wait_until() {
      found=
      seconds
      begin=$now
      if [ "$2" -gt 0 ]; then sleep "$2"; fi
      while :; do
        if check; then status=0; else status=$?; fi
        seconds
        elapsed=$((now - begin))
        case $status in 0|2) break ;; esac
        if [ "$elapsed" -ge "$1" ]; then break; fi
        sleep "$3"
      done
      printf '%s\\n%s' "$elapsed" "$found"
      return "$status"
    }
    can_connect() {
      if command -v bash >/dev/null; then
        timeout "$3" bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$1" "$2" 2>/dev/null || return 1
        return 0
      fi
      case $1 in 127.0.0.1|localhost|0.0.0.0|::1) is_listening "$2"; return ;; esac
      if ! command -v nc >/dev/null; then
        echo 'neither bash nor nc(1) is here to reach another machine with' >&2
        exit 2
      fi
      case $(nc --help 2>&1) in
        *BusyBox*) timeout "$3" nc "$1" "$2" -e true ;;
        *) timeout "$3" nc -z "$1" "$2" ;;
      esac </dev/null >/dev/null 2>&1 || return 1
    }
    is_listening() {
      hex=$(printf %04X "$1")
      while read -r slot own peer state rest; do
        case $own in
          00000000:"$hex"|0100007F:"$hex"|00000000000000000000000000000000:"$hex")
            if [ "$state" = 0A ]; then return 0; fi ;;
        esac
      done <<END
    $(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
    END
      return 1
    }
    has_connections() {
      hex=$(printf %04X "$1")
      states=$2
      shift 2
      while read -r slot own peer state rest; do
        case $own in *:"$hex") ;; *) continue ;; esac
        case " $states " in *" $state "*) ;; *) continue ;; esac
        for left_out; do
          case $peer in "$left_out":*) continue 2 ;; esac
        done
        return 0
      done <<END
    $(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
    END
      return 1
    }
    says() {
      if command -v bash >/dev/null; then
        timeout "$3" bash -c '
          exec 3<>"/dev/tcp/$1/$2" || exit
          while IFS= read -r line <&3 || [ -n "$line" ]; do
            if printf "%s\\n" "$line" | grep -aE -e "$3"; then exit 0; fi
          done
          exit 1' bash "$1" "$2" "$4" 2>/dev/null
      elif command -v nc >/dev/null; then
        sleep "$3" | timeout "$3" nc "$1" "$2" 2>/dev/null | grep -aE -m 1 -e "$4"
      else
        echo 'neither bash nor nc(1) is here to read from a port with' >&2
        exit 2
      fi || return 1
    }
    """

  static let host = Parameter<String>.optional(
    "host", "The machine whose port is meant, as seen from the task's host.", default: "127.0.0.1",
    shown: "127.0.0.1")
  static let port = Parameter<Int?>.optional(
    "port", "The TCP port to wait for, 1 to 65535.")
  static let path = Parameter<HostPath?>.optional(
    "path", "The path to wait for, instead of a port.")
  static let state = Parameter<State>.optional(
    "state",
    """
    `started` and `present`: the port takes connections, the path is there. `stopped` and `absent`: the opposite. \
    `drained`: nobody is connected to this machine's port any more.
    """, default: .started, shown: "started")
  static let pattern = Parameter<ExtendedPattern?>.optional(
    "search_regex",
    "What must be found in the file, or in what the port says first: an extended regular expression of grep(1)."
  )
  static let timeout = Parameter<Int>.optional(
    "timeout", "Seconds until it is given up.", default: 300, shown: "300")
  static let delay = Parameter<Int>.optional(
    "delay", "Seconds before the first look.", default: 0, shown: "0")
  static let sleep = Parameter<Int>.optional(
    "sleep", "Seconds between two looks, at least 1.", default: 1, shown: "1")
  static let connectTimeout = Parameter<Int>.optional(
    "connect_timeout", "Seconds that one connection may take, at least 1.", default: 5, shown: "5")
  static let message = Parameter<String?>.optional(
    "msg", "What to say when it is given up.")
  static let states = Parameter<[ConnectionState]>.optional(
    "active_connection_states",
    "With `drained`: the states in which a connection counts, by the kernel's names.",
    default: ConnectionState.usual,
    shown: "[ESTABLISHED, FIN_WAIT1, FIN_WAIT2, SYN_RECV, SYN_SENT, TIME_WAIT]")
  static let excluded = Parameter<[String]?>.optional(
    "exclude_hosts", "With `drained`: IPv4 addresses whose connections do not count.")

  static let manual = Manual(
    "wait_for", .action, "Waits until a port or path is as wished.",
    notes: [
      "It is the task's host that looks. With neither `port` nor `path` it just waits for `timeout` seconds.",
      """
      Ports are tried with bash or nc(1), whichever the host has; without both, only the machine's own ports can be \
      waited for.
      """,
      "Of Python's patterns `\\d`, `\\s`, `\\w` and their opposites are understood in `search_regex`.",
    ],
    parameters: [
      host.manual, port.manual, path.manual, state.manual, pattern.manual, timeout.manual,
      delay.manual, sleep.manual, connectTimeout.manual, message.manual, states.manual,
      excluded.manual,
    ],
    exclusive: [["port", "path"]],
    results: [
      .init("elapsed", "seconds waited"), .init("state", "as given"), .init("port", "as given"),
      .init("path", "as given"), .init("search_regex", "as given"),
      .init("match_groups", "what the groups of `search_regex` matched, as a list"),
      .init("match_groupdict", "always empty: `search_regex` has no named groups"),
      .init("msg", "why it was given up"),
    ],
    examples: [
      """
      - name: the API answers
        wait_for:
          host: 10.0.0.10
          port: 6443
          timeout: 120
      """,
      """
      - name: the migration has ended
        wait_for:
          path: /var/log/migration.log
          search_regex: '^done in \\d+ s'
          sleep: 5
      """,
      """
      - name: nobody uses the old port
        wait_for:
          port: 8080
          state: drained
      """,
    ])
}

/// A state of a TCP connection, as `active_connection_states` names it.
enum ConnectionState: String, ParameterChoice {
  case established = "ESTABLISHED"
  case synSent = "SYN_SENT"
  case synReceived = "SYN_RECV"
  case finWait1 = "FIN_WAIT1"
  case finWait2 = "FIN_WAIT2"
  case timeWait = "TIME_WAIT"
  case closed = "CLOSE"
  case closeWait = "CLOSE_WAIT"
  case lastAcknowledgement = "LAST_ACK"
  case listening = "LISTEN"
  case closing = "CLOSING"

  /// Those that count when nothing is said.
  static let usual: [ConnectionState] = [
    .established, .finWait1, .finWait2, .synReceived, .synSent, .timeWait,
  ]

  /// As `/proc/net/tcp` has it (`include/net/tcp_states.h` of Linux).
  var number: String {
    let order: [ConnectionState] = [
      .established, .synSent, .synReceived, .finWait1, .finWait2, .timeWait, .closed, .closeWait,
      .lastAcknowledgement, .listening, .closing,
    ]
    let place = (order.firstIndex(of: self) ?? 0) + 1
    return "0" + String(place, radix: 16, uppercase: true)
  }
}

/// A regular expression for grep(1).
struct ExtendedPattern: ParameterType, Hashable {
  /// As it was written.
  let text: String
  /// With Python's classes spelled out.
  let extended: String

  static let typeDescription = "extended regular expression"

  init(_ argument: Argument) throws(Diagnostic) {
    text = try String(argument)
    guard !text.contains("(?"), !text.contains("\n") else {
      throw argument.wrong(
        "regular-expression", "has what grep(1) does not understand: `(?` or a newline",
        help: "look at a file with `slurp` and `until` instead")
    }
    let classes: [Character: String] = [
      "d": "[0-9]", "D": "[^0-9]", "s": "[[:space:]]", "S": "[^[:space:]]",
      "w": "[[:alnum:]_]", "W": "[^[:alnum:]_]",
    ]
    var extended = ""
    var isEscape = false
    for character in text {
      if isEscape {
        extended += classes[character] ?? "\\\(character)"
        isEscape = false
      } else if character == "\\" {
        isEscape = true
      } else {
        extended.append(character)
      }
    }
    self.extended = isEscape ? extended + "\\\\" : extended
  }
}
