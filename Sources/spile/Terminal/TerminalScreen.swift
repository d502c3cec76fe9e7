import Glibc
import Report

extension Screen {
  /// The terminal behind a stream; nil when it is none, or cannot move its cursor.
  static func on(_ stream: StandardStream) -> Screen? {
    guard stream.isTerminal, Process.variable("TERM") != "dumb" else { return nil }
    return Screen(
      write: { stream.write($0) },
      size: {
        var size = winsize()
        guard ioctl(stream.descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
          return Size(rows: 24, columns: 80)
        }
        return Size(rows: Int(size.ws_row), columns: Int(size.ws_col))
      })
  }
}
