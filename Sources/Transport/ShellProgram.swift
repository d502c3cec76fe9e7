import ModuleKit

/// What a fresh `sh` is told on its standard input: functions, then a loop that answers messages.
///
/// Written for dash, bash and busybox ash. Everything before the last line only defines; a
/// bootstrap that is cut short does nothing. The controller writes nothing more before the hello
/// came, because dash and ash read their own source ahead.
///
/// On the wire, from the controller:
/// - `M LENGTH CRC\nBODY`: a message; BODY is made of calls of `spile_frame`, CRC as of cksum(1)
/// - `U LENGTH PATH\nBYTES`: bytes for a file below this shell's folder
/// - `V INDEX HALT\n`: the verdict on a frame that ended by a signal
/// - `Q\n`: good-bye
///
/// And back on standard output, each line headed by the nonce:
/// - `H ...` the hello, `R` bytes arrived, `X TEXT` the shell gives up
/// - `B INDEX PID` a frame begins, `E INDEX STATUS` it ended, `S INDEX` it was skipped
/// - `P INDEX ORDINAL` a precondition does not hold, `W INDEX TEXT` the frame cannot be run; both
///   are followed by `E` with a status that asks for a verdict
///
/// Standard error has the same `B` and `E` around what a frame says there. Each write becomes a packet that both sides
/// encrypt and authenticate, so a probe's errors are gathered, and one without any ends by `Q INDEX STATUS` on standard
/// output and leaves standard error alone; and the end of a frame waits for the beginning of the next one, which
/// follows at once.
enum ShellProgram {
  /// The bootstrap.
  ///
  /// `nonce` and `tag` are hexadecimal; the source never holds the nonce next to what a mark says,
  /// so that an echo of it cannot pass for a hello.
  static func bootstrap(nonce: String, tag: String) -> Script {
    """
    spile_nonce=\(nonce) spile_tag=\(tag) spile_told=
    spile_library=\(library.source)
    \(start)
    eval "$spile_library"
    \(frames)
    \(accounts)
    \(payloads)
    \(loop)
    spile_hello && spile_loop

    """
  }

  /// What a shell of its own needs besides the library; it gets it on a pipe, never in its
  /// arguments.
  private static let library = ShellLibrary.source

  /// The same state at the start, whatever rc files and sudo made of it; the state before is kept
  /// for `native`.
  private static let start: Script = """
    set +e +u
    spile_native_umask=$(umask) spile_native_path=${PATH:-/usr/local/bin:/usr/bin:/bin}
    unset CDPATH ENV BASH_ENV TMOUT GREP_OPTIONS LANGUAGE
    LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    export LC_ALL PATH
    umask 077
    cd /
    exec 8>&1 9>&2
    """

  /// Marks and frames.
  ///
  /// Standard output is kept as descriptor 8, standard error as 9, away from what the shell itself says when a child is
  /// killed. A subshell finds its own process id without a fork: the folder behind /proc/self bears
  /// it. Bash forks once more where errors are gathered, and then the frame is not its child, so there
  /// they are not.
  private static let frames: Script = #"""
    spile_mark() {
      printf '%s%s %s\n' "$spile_told" "$spile_nonce" "$*" || exit 70
      spile_told=
    }
    spile_tell() {
      [ -z "$spile_told" ] || printf %s "$spile_told" || exit 70
      spile_told=
    }
    spile_run() {
      cd -P /proc/self && spile_pid=${PWD##*/} || spile_pid=0
      cd /
      spile_index=$1 spile_source=$3
      spile_mark B "$1" "$spile_pid"
      [ "$2" = probe ] || printf '%s B %s %s\n' "$spile_nonce" "$1" "$spile_pid" >&9
      set --
      eval "$spile_source"
    }
    spile_frame() {
      if [ "$spile_halt" != 0 ] && { [ "$spile_halt" = 2 ] || [ "$2" != always ]; }; then
        spile_mark S "$1"
        return
      fi
      spile_letter=E
      if [ "$3${BASH_VERSION-}" = probe ]; then
        spile_errors=$( ( spile_run "$1" probe "$4" ) </dev/null 2>&1 >&8 8>&-)
        spile_status=$?
        if [ -z "$spile_errors" ]; then
          spile_letter=Q
        else
          printf '%s B %s 0\n%s\n%s E %s %s\n' "$spile_nonce" "$1" "$spile_errors" \
            "$spile_nonce" "$1" "$spile_status" >&9 || exit 70
        fi
      else
        ( spile_run "$1" step "$4" ) </dev/null 2>&9 8>&-
        spile_status=$?
        printf '%s E %s %s\n' "$spile_nonce" "$1" "$spile_status" >&9 || exit 70
      fi
      spile_told="$spile_nonce $spile_letter $1 $spile_status
    "
      if [ "$spile_status" -gt 128 ]; then
        spile_tell
        read -r spile_verdict spile_index spile_word || exit 70
        [ "$spile_verdict $spile_index" = "V $1" ] || exit 70
        if [ "$spile_word" != 0 ]; then
          spile_halt=$spile_word
          return
        fi
      fi
      case ,$3, in ,probe, | ,any, | *,"$spile_status",*) ;; *) spile_halt=1 ;; esac
    }
    spile_check() {
      ( eval "$2" ) </dev/null >/dev/null 2>&1 && return
      spile_mark P "$spile_index" "$1"
      exit 129
    }
    spile_refuse() {
      spile_mark W "$spile_index" "$1"
      exit 129
    }
    """#

  /// Scripts in a shell of their own, as the same account or another.
  ///
  /// The source travels on a pipe and is run only when whole.
  private static let accounts: Script = #"""
    spile_loader='spile_source=$(cat) || exit 126
    case $spile_source in *"#whole") ;; *) exit 126 ;; esac
    exec <&3 3<&-
    spile_native_umask=$1 spile_native_path=$2
    set --
    eval "$spile_source"'
    spile_apart() {
      spile_source=$1
      shift
      exec 3<&0
      printf '%s\n%s\n#whole' "$spile_library" "$spile_source" |
        "$@" sh -c "$spile_loader" sh "$spile_native_umask" "$spile_native_path" 9>&-
    }
    spile_account() {
      id -u "$1" >/dev/null 2>&1 || spile_refuse "there is no account $1"
      eval "HOME=~$1"
      USER=$1 LOGNAME=$1 SHELL=/bin/sh
      export HOME USER LOGNAME SHELL
      unset MAIL XDG_RUNTIME_DIR XDG_SESSION_ID DBUS_SESSION_BUS_ADDRESS
    }
    spile_as() {
      if command -v runuser >/dev/null; then
        spile_apart "$2" runuser -u "$1" --
      elif setpriv --reuid 0 --regid 0 --init-groups true 2>/dev/null; then
        spile_apart "$2" setpriv --reuid "$1" --regid "$(id -g "$1")" --init-groups --
      elif command -v su >/dev/null; then
        spile_apart "$2" su -s /bin/sh -c 'exec "$@"' -- "$1" sh
      else
        spile_refuse "none of runuser, setpriv and su is there to become $1"
      fi
    }
    """#

  /// Payloads: files in a folder of this shell, readable by nobody else, unlinked as soon as they
  /// are open.
  private static let payloads: Script = #"""
    spile_folder() {
      spile_bytes=$1 spile_rooms=
      shift
      for spile_place; do
        spile_dir=$spile_place/shell.$spile_tag
        if [ ! -d "$spile_dir" ]; then
          if [ "$spile_place" = /run/spile ] && [ ! -d /run/spile ]; then
            mkdir -m 755 /run/spile 2>/dev/null
          fi
          mkdir -m 700 "$spile_dir" 2>/dev/null || continue
        fi
        [ "$spile_bytes" -gt 0 ] || return 0
        spile_room=$(df -Pk "$spile_dir" | { read -r _; read -r _ _ _ free _; echo "$free"; })
        [ "$spile_room" -gt $((spile_bytes / 1024 + 1024)) ] 2>/dev/null && return 0
        spile_rooms="$spile_rooms${spile_rooms:+, }$spile_place has $spile_room KiB free"
      done
      return 1
    }
    spile_decode() {
      spile_folder 0 /run/spile /dev/shm /tmp || spile_refuse 'there is no folder for its input'
      printf %s "$1" | base64 -d >"$spile_dir/frame"
      spile_input "$spile_dir/frame" "$2"
    }
    spile_input() {
      spile_digest=$(sha256sum <"$1") && [ "${spile_digest%% *}" = "$2" ] && exec <"$1"
      spile_status=$?
      rm -f -- "$1"
      [ "$spile_status" = 0 ] || spile_refuse 'its input did not arrive whole on the host'
    }
    spile_clear() {
      for spile_place in /run/spile /dev/shm /tmp /var/tmp; do
        [ ! -d "$spile_place/shell.$spile_tag" ] || rm -rf -- "$spile_place/shell.$spile_tag"
      done
    }
    """#

  /// Hello and loop.
  ///
  /// A message is read whole and its checksum compared before anything in it is looked at.  A here-
  /// document saves two processes; bash would write a long one, with its secrets, to a temporary
  /// file.
  private static let loop: Script = #"""
    if [ "${BASH_VERSION-}" ]; then
      spile_sum() { printf '%s\n' "$spile_body" | cksum; }
    else
      spile_sum() {
        cksum <<END
    $spile_body
    END
      }
    fi
    spile_hello() {
      spile_lack=
      [ "$(command -v printf)" = printf ] || spile_lack="$spile_lack printf as a builtin"
      for spile_tool in head cksum cat id; do
        command -v "$spile_tool" >/dev/null || spile_lack="$spile_lack $spile_tool"
      done
      read -r spile_start <"/proc/$$/stat" || spile_lack="$spile_lack /proc"
      if [ "$spile_lack" ]; then
        spile_mark X "the host lacks$spile_lack"
        exit 70
      fi
      spile_machine= spile_boot=
      [ ! -r /etc/machine-id ] || read -r spile_machine </etc/machine-id
      read -r spile_boot </proc/sys/kernel/random/boot_id
      spile_kind=${BASH_VERSION:+bash}
      spile_kind=${spile_kind:-$(readlink "/proc/$$/exe")}
      set -- ${spile_start##*) }
      spile_mark H "$$" "${20}" "$(id -u)" "$(id -un 2>/dev/null || id -u)" \
        "${spile_machine:--}" "${spile_boot:--}" "${spile_kind##*/}"
      set --
    }
    spile_loop() {
      exec 2>/dev/null
      trap spile_clear EXIT
      trap 'exit 70' HUP INT TERM PIPE
      while read -r spile_kind spile_length spile_word; do
        case $spile_kind in
        M)
          spile_body=$(head -c "$spile_length")
          if [ "$(spile_sum)" != "$spile_word $((spile_length + 1))" ]; then
            spile_mark X 'a message did not arrive whole'
            exit 70
          fi
          spile_halt=0
          eval "$spile_body"
          spile_tell
          ;;
        U)
          if ! head -c "$spile_length" >"$spile_word" ||
            [ "$(wc -c <"$spile_word")" -ne "$spile_length" ]; then
            spile_mark X "the input could not be stored in $spile_word"
            exit 70
          fi
          spile_mark R
          ;;
        Q) exit 0 ;;
        *)
          spile_mark X 'a message had no proper head'
          exit 70
          ;;
        esac
      done
    }
    """#
}
