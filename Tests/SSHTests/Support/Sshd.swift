import Foundation
import Transport

@testable import SSH

/// A real sshd on 127.0.0.1 with keys and configuration of its own.
final class Sshd: @unchecked Sendable {
  let scratch: Scratch
  let port: Int
  let user = NSUserName()
  let logPath: String
  private let process: Child

  /// `hostKeys` are types for ssh-keygen; `lines` go into the configuration before the usual ones.
  init(
    _ scratch: Scratch, hostKeys: [String] = ["ed25519"], authorized: [String] = ["user"],
    lines: [String] = []
  ) throws {
    self.scratch = scratch
    port = try freePort()
    let name = "sshd-\(port)"
    var configuration = lines
    for type in hostKeys {
      let key = scratch.file("\(name)-host-\(type)")
      try makeKey(scratch, "\(name)-host-\(type)", type: type)
      configuration.append("HostKey \(key)")
    }
    let keys = try authorized.map { name in
      if !FileManager.default.fileExists(atPath: scratch.file(name)) { try makeKey(scratch, name) }
      return try scratch.read(name + ".pub")
    }
    try scratch.write("\(name)-authorized", keys.joined())
    configuration += [
      "ListenAddress 127.0.0.1", "Port \(port)", "PidFile \(scratch.file(name)).pid",
      "AuthorizedKeysFile \(scratch.file(name))-authorized", "UsePAM no", "StrictModes no",
      "PasswordAuthentication no", "KbdInteractiveAuthentication no", "LogLevel VERBOSE",
      "PermitRootLogin yes", "UseDNS no",
    ]
    try scratch.write("\(name).conf", configuration.joined(separator: "\n") + "\n")
    try? FileManager.default.createDirectory(
      atPath: "/run/sshd", withIntermediateDirectories: true)
    logPath = scratch.file("\(name).log")
    process = try Child(
      "/usr/sbin/sshd", ["-D", "-f", scratch.file("\(name).conf"), "-E", logPath],
      readsOutput: false)
    for _ in 0..<200 {
      if log.contains("Server listening") { return }
      guard process.isRunning else { break }
      usleep(20_000)
    }
    throw Failure("sshd did not start: \(log)")
  }

  deinit { stop() }

  var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

  /// The main process.
  var processID: Int32 { process.processID }

  func stop() { process.stop() }

  /// A known_hosts line for each host key.
  func knownHosts(_ types: [String] = ["ed25519"]) throws -> String {
    try types.map { type in
      let fields = try scratch.read("sshd-\(port)-host-\(type).pub").split(separator: " ")
      return "[127.0.0.1]:\(port) \(fields[0]) \(fields[1])\n"
    }.joined()
  }

  /// An endpoint that trusts the host keys of `types` and logs in with a key of the scratch folder.
  func endpoint(
    key: String? = "user", trusting types: [String] = ["ed25519"], options: [String: String] = [:]
  ) throws -> Endpoint {
    var endpoint = Endpoint(
      kind: .ssh, name: "target", address: "127.0.0.1", port: port, user: user)
    endpoint.identityFile = key.map { scratch.file($0) }
    endpoint.options = [
      "userknownhostsfile": try scratch.write("known-\(port)", knownHosts(types))
    ].merging(options) { $1 }
    return endpoint
  }
}

/// A connector that sees nothing of the real user's configuration.
func makeConnector(
  _ scratch: Scratch, _ change: (inout SSHOptions) -> Void = { _ in }
) throws -> SSHConnector {
  var options = SSHOptions(home: scratch.path, user: NSUserName())
  options.configurationPaths = [scratch.file("config")]
  change(&options)
  return try SSHConnector(options: options)
}

extension ByteChannel {
  /// Reads output until it ends with `marker`; what stood before it.
  func output(until marker: String) async throws -> String {
    var text = ""
    while !text.hasSuffix(marker) {
      switch try await receive() {
      case .output(let bytes): text += String(decoding: bytes, as: UTF8.self)
      case .errors: continue
      case .end(let status, let signal):
        throw Failure("ended (\(String(describing: status)), \(signal ?? "-")) after: \(text)")
      }
    }
    return String(text.dropLast(marker.count))
  }

  /// Sends a line to the shell and reads what it prints.
  func ask(_ line: String) async throws -> String {
    try await send(Array("\(line)\necho '<''done>'\n".utf8))
    return try await output(until: "<done>\n")
  }

  /// Reads to the end.
  func rest() async throws -> (output: [UInt8], errors: [UInt8], end: ChannelInput) {
    var output: [UInt8] = []
    var errors: [UInt8] = []
    while true {
      switch try await receive() {
      case .output(let bytes): output += bytes
      case .errors(let bytes): errors += bytes
      case .end(let status, let signal):
        return (output, errors, .end(status: status, signal: signal))
      }
    }
  }
}
