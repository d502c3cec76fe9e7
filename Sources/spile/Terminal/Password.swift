import Glibc

/// Secrets from the terminal or from files; never from arguments.
enum Password {
  /// Asks at the terminal, by default without showing what is typed; nil when there is no terminal.
  static func ask(_ prompt: String, isShown: Bool = false) -> String? {
    let descriptor = open("/dev/tty", O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var settings = termios()
    guard tcgetattr(descriptor, &settings) == 0 else { return nil }
    var silent = settings
    if !isShown { silent.c_lflag &= ~tcflag_t(ECHO) }
    guard tcsetattr(descriptor, TCSAFLUSH, &silent) == 0 else { return nil }
    defer { tcsetattr(descriptor, TCSAFLUSH, &settings) }
    put(prompt, descriptor)
    defer { if !isShown { put("\n", descriptor) } }
    return line(descriptor)
  }

  /// Says something at the terminal, where there is one.
  static func say(_ text: String) {
    let descriptor = open("/dev/tty", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    put(text, descriptor)
  }

  /// The first line of a file, as `--become-password-file` wants it.
  static func firstLine(of bytes: [UInt8]) -> String {
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    return String(decoding: line, as: UTF8.self)
  }

  private static func put(_ text: String, _ descriptor: Int32) {
    var text = text
    text.withUTF8 { _ = write(descriptor, $0.baseAddress, $0.count) }
  }

  private static func line(_ descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") { bytes.append(byte) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
