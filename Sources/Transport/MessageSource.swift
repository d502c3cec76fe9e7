import ModuleKit
import Schema

/// Turns a message into the source that a shell's loop evaluates, quoted by construction.
struct MessageSource {
  let identity: ShellIdentity
  let host: String

  /// The head and the body of a message.
  ///
  /// `staged` holds the host's path of inputs that were sent before, by frame.
  func bytes(
    of message: Message, staged: [Int: String] = [:]
  ) throws(TransportError) -> [UInt8] {
    var calls: [Script] = []
    for (index, frame) in message.frames.enumerated() {
      let source = try source(of: frame, staged: staged[index])
      let when: Script = frame.runsAlways ? "always" : "chained"
      calls.append(
        "spile_frame \(index) \(when) \(accepted(by: frame)) \(source.source)")
    }
    let body = Array(Script(lines: calls).source.utf8)
    let checksum = Checksum.of(body + [UInt8(ascii: "\n")])
    return Array("M \(body.count) \(checksum)\n".utf8) + body
  }

  private func accepted(by frame: Frame) -> String {
    guard frame.isStep else { return "probe" }
    guard let accepts = frame.accepts else { return "any" }
    return accepts.sorted().map(String.init).joined(separator: ",")
  }

  /// Preconditions, then the input, the account and the environment, then the script.
  private func source(of frame: Frame, staged: String?) throws(TransportError) -> Script {
    try check(frame)
    var lines: [Script] = []
    for (ordinal, precondition) in frame.preconditions.enumerated() {
      lines.append("spile_check \(ordinal) \(precondition.script.source)")
    }
    if let input = frame.input {
      if let staged {
        lines.append("spile_input \(staged) \(input.sha256)")
      } else {
        let bytes = try input.piece(0..<input.count, for: frame.label, host: host)
        lines.append("spile_decode \(base64(bytes)) \(input.sha256)")
      }
    }
    return Script(lines: lines + running(frame))
  }

  private func running(_ frame: Frame) -> [Script] {
    let environment: [Script] = frame.environment.map { "export \($0.name + "=" + $0.value)" }
    guard let user = frame.user, user != identity.userName else {
      guard MessageSource.namesItsShell(frame.script) else {
        return environment + ["exec 9>&-; unset spile_nonce", frame.script]
      }
      return environment + ["spile_apart \(frame.script.source)"]
    }
    guard identity.uid == 0 else {
      let reason = "only root can run it as \(user), and the shell works as \(identity.userName)"
      return ["spile_refuse \(reason)"]
    }
    return ["spile_account \(user)"] + environment + ["spile_as \(user) \(frame.script.source)"]
  }

  /// Whether a script may mean its own process by `$$`, which in a subshell is the shell that all
  /// frames share.
  private static func namesItsShell(_ script: Script) -> Bool {
    var source = script.source
    return source.withUTF8 { bytes in
      let dollar = UInt8(ascii: "$")
      var rest = bytes[...]
      while let index = rest.firstIndex(of: dollar) {
        rest = bytes[(index + 1)...]
        if rest.first == dollar || rest.starts(with: [UInt8(ascii: "{"), dollar]) { return true }
      }
      return false
    }
  }

  private func check(_ frame: Frame) throws(TransportError) {
    let texts =
      [frame.script.source] + frame.preconditions.map(\.script.source)
      + frame.environment.map(\.value)
    guard !texts.contains(where: { $0.utf8.contains(0) }) else {
      throw invalid("the source of \"\(frame.label)\" holds a NUL byte, which no shell can read")
    }
    for (name, _) in frame.environment where !MessageSource.isVariableName(name) {
      throw invalid(
        "\"\(name)\" cannot be the name of an environment variable",
        help: "use letters, digits and underscores, and no digit at the start")
    }
    if let user = frame.user, !MessageSource.isAccountName(user) {
      throw invalid("\"\(user)\" cannot be the name of an account")
    }
  }

  private func invalid(_ message: String, help: String? = nil) -> TransportError {
    TransportError(
      .invalidConfiguration, phase: .exchange, host: host, message, help: help)
  }

  static func isVariableName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !isDigit(first) else { return false }
    return name.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
  }

  /// Names that no shell and no tool takes for anything else; the trailing `$` of Samba machine
  /// accounts is left out.
  static func isAccountName(_ name: String) -> Bool {
    guard let first = name.utf8.first, first != UInt8(ascii: "-") else { return false }
    return name.utf8.allSatisfy {
      isLetter($0) || isDigit($0) || "_-.@".utf8.contains($0)
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lower)
  }
}
