import Schema

/// Functions of POSIX sh that every shell gets once, when it is opened: probes and steps may call
/// them.
package enum ShellLibrary {
  package static let source = Script(lines: [records, accounts, files])

  /// - `put ARG...` prints each argument as a record that ends in NUL.
  private static let records: Script = """
    put() { printf '%s\\0' "$@"; }
    """

  /// - `native COMMAND ARG...` runs a command of the user with the umask, PATH and locale that the
  ///   account came with, instead of the fixed ones of scripts.
  /// - `run_text SHELL SOURCE` runs source in a shell that gets it on a pipe, so that it is in no argument vector;
  ///   standard input stays what it was.
  private static let accounts: Script = """
    native() (
      umask "$spile_native_umask"
      PATH=$spile_native_path
      unset LC_ALL
      "$@"
    )
    run_text() {
      { printf '%s\\n' 'exec 3<&-' "$2" | native exec "$1" /dev/fd/3 3<&0 <&4 4<&-; } 4<&0
    }
    """

  /// - `is_absent PATH` and `has_digest PATH SHA256` are preconditions.
  /// - `new_temp PATH` makes an empty file for its owner only in the folder of PATH, names it in `$temp`, and removes
  ///   it when the subshell ends, unless it was put into place.
  /// - `place PATH MODE OWNER` gives `$temp` its owner (`user:group`, or empty for none to set) and octal mode, and
  ///   renames it to PATH, whose access control list is kept. Where PATH is a mount point the rename is refused: then
  ///   the content is written in place.
  /// - `place_link PATH` renames the symbolic link `$temp` to PATH.
  /// - `back_up PATH` copies PATH next to itself under a name with the time, if it is there, and prints the name.
  /// - `make_folder PATH MODE OWNER` makes one folder; its parent is there.
  /// - `set_attributes PATH MODE OWNER` sets owner and octal mode, in this order: chown(2) clears set-user-ID bits.
  /// - `relabel PATH` gives a new file the SELinux context that the policy names.
  private static let files: Script = """
    is_absent() { [ ! -e "$1" ] && [ ! -L "$1" ]; }
    has_digest() { digest=$(sha256sum <"$1") && [ "${digest%% *}" = "$2" ]; }
    new_temp() {
      temp=$(mktemp "${1%/*}/.spile.XXXXXX") || return
      trap 'rm -f -- "$temp"' EXIT
      trap 'exit 143' HUP INT TERM
    }
    relabel() {
      if [ -e /sys/fs/selinux/enforce ] && command -v restorecon >/dev/null; then restorecon -- "$1"; fi
    }
    place() {
      if [ -n "$3" ]; then chown -- "$3" "$temp" || return; fi
      is_new=1
      if [ -e "$1" ]; then
        is_new=
        if command -v getfacl >/dev/null && list=$(getfacl -cps -- "$1" 2>/dev/null) && [ -n "$list" ]; then
          printf '%s\\n' "$list" | setfacl --set-file=- -- "$temp" || return
        fi
        if [ -e /sys/fs/selinux/enforce ]; then chcon --reference="$1" "$temp" || return; fi
      fi
      chmod "$2" "$temp" || return
      sync "$temp" 2>/dev/null || sync
      if refusal=$(mv -fT -- "$temp" "$1" 2>&1); then
        if [ -n "$is_new" ]; then relabel "$1"; fi
        return 0
      fi
      case $refusal in
        *[Bb]usy*) ;;
        *) printf '%s\\n' "$refusal" >&2; return 1 ;;
      esac
      cat "$temp" >"$1" || return
      if [ -n "$3" ]; then chown -- "$3" "$1" || return; fi
      chmod "$2" "$1" || return
      sync "$1" 2>/dev/null || sync
    }
    set_attributes() {
      if [ -n "$3" ]; then chown -h -- "$3" "$1" || return; fi
      if [ -n "$2" ]; then chmod "$2" "$1"; fi
    }
    make_folder() { mkdir -- "$1" && set_attributes "$@" && relabel "$1"; }
    place_link() { mv -fT -- "$temp" "$1" && relabel "$1"; }
    back_up() {
      if [ ! -e "$1" ]; then return 0; fi
      copy=$1.$$.$(date '+%Y-%m-%d@%H:%M:%S')~
      cp -p -- "$1" "$copy" && printf '%s\\n' "$copy"
    }
    """
}
