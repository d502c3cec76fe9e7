/// Functions of POSIX sh that every shell gets once, when it is opened: probes and steps may call them.
package enum ShellLibrary {
  /// - `put ARG...` prints each argument as a record that ends in NUL.
  package static let source: Script = """
    put() { printf '%s\\0' "$@"; }
    """
}
