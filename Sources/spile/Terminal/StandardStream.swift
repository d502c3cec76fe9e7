import Glibc
import Synchronization

/// Standard output or standard error: whole texts, never mixed with each other.
final class StandardStream: Sendable {
  static let output = StandardStream(STDOUT_FILENO)
  static let errors = StandardStream(STDERR_FILENO)

  let descriptor: Int32
  private let turn = Mutex(())

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  var isTerminal: Bool { isatty(descriptor) == 1 }

  /// Writes all of it; a reader that went away is no error.
  func write(_ text: String) {
    var text = text
    text.withUTF8 { write(UnsafeRawBufferPointer($0)) }
  }

  /// Writes bytes as they are.
  func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write($0) } }

  private func write(_ bytes: UnsafeRawBufferPointer) {
    turn.withLock { _ in
      var rest = bytes
      while let start = rest.baseAddress, !rest.isEmpty {
        let count = Glibc.write(descriptor, start, rest.count)
        if count > 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        } else if errno == EAGAIN {
          var descriptor = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&descriptor, 1, -1)
        } else if errno != EINTR {
          return
        }
      }
    }
  }

  func line(_ text: String) { write(text + "\n") }
}

/// What the environment says about this process.
enum Process {
  static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// Every variable of the environment.
  static var variables: [String: String] {
    var found: [String: String] = [:]
    var place = environ
    while let entry = place.pointee {
      let text = String(cString: entry)
      if let equals = text.firstIndex(of: "=") {
        found[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      place += 1
    }
    return found
  }

  /// Whether colours are wanted on a stream: a terminal, and no word against it (no-color.org).
  static func wantsColour(_ stream: StandardStream) -> Bool {
    stream.isTerminal && (variable("NO_COLOR") ?? "").isEmpty && variable("TERM") != "dumb"
  }

  /// The name of the user who runs this.
  static var user: String {
    guard let entry = getpwuid(getuid()) else { return variable("USER") ?? "root" }
    return String(cString: entry.pointee.pw_name)
  }

  /// `HOME`, else what the account database says.
  static var home: String {
    if let home = variable("HOME"), !home.isEmpty { return home }
    guard let entry = getpwuid(getuid()) else { return "/" }
    return String(cString: entry.pointee.pw_dir)
  }

  /// Seconds since 1970.
  static var now: Int { time(nil) }

  /// Ends the process at once with a status: without the handlers of exit(3), since OpenSSL's takes
  /// away what the thread of SSH may still be using.
  ///
  /// Nothing here is buffered.
  static func end(_ status: Int32) -> Never { _exit(status) }
}
