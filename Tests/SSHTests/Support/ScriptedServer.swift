import Foundation
import Testing
import Transport

@testable import SSH

/// The Python server of `Server/server.py`, scripted by `options`.
final class ScriptedServer: @unchecked Sendable {
  let scratch: Scratch
  let port: Int
  private let process: Child

  /// A Python that can import asyncssh; nil when there is none.
  static let python: String? = {
    let root = packageRoot
    let candidates = [
      ProcessInfo.processInfo.environment["SPILE_SSH_TEST_PYTHON"],
      "\(root)/.build/ssh-server/bin/python3", "python3", "/usr/bin/python3",
    ]
    return candidates.compactMap(\.self).first {
      (try? run($0, ["-c", "import asyncssh"])) != nil
    }
  }()

  /// Whether tests against this server run: with `CI=true` they must, and fail without Python.
  static let isUsable: Bool = {
    if python != nil { return true }
    return ProcessInfo.processInfo.environment["CI"] == "true"
  }()

  static let hint: Comment =
    "needs Python with asyncssh: run Tests/SSHTests/Server/setup, or install python3-asyncssh"

  private static let packageRoot = String(
    #filePath.split(separator: "/").dropLast(4).reduce("") { $0 + "/" + $1 })

  /// Uses (and makes) the host key `host` and authorizes the key `user` of the scratch folder.
  init(_ scratch: Scratch, _ options: [String: Any] = [:], hostKeys: [String] = ["host"]) throws {
    self.scratch = scratch
    guard let python = ScriptedServer.python else { throw Failure("\(ScriptedServer.hint)") }
    for name in hostKeys + ["user"]
    where !FileManager.default.fileExists(atPath: scratch.file(name)) {
      try makeKey(scratch, name)
    }
    var all: [String: Any] = [
      "host_keys": hostKeys.map { scratch.file($0) }, "authorized": scratch.file("user.pub"),
    ]
    all.merge(options) { $1 }
    let json = try JSONSerialization.data(withJSONObject: all)
    process = try Child(
      python,
      [
        "\(ScriptedServer.packageRoot)/Tests/SSHTests/Server/server.py",
        String(decoding: json, as: UTF8.self),
      ], readsOutput: true)
    let line = process.readLine()
    guard line.hasPrefix("PORT "), let port = Int(line.dropFirst(5)) else {
      throw Failure("the scripted server said: \(line) \(process.readAll())")
    }
    self.port = port
  }

  deinit { stop() }

  var processID: Int32 { process.processID }

  func stop() { process.stop() }

  /// An endpoint that trusts the host keys of the given names.
  func endpoint(
    key: String? = "user", trusting names: [String] = ["host"], options: [String: String] = [:]
  ) throws -> Endpoint {
    var endpoint = Endpoint(
      kind: .ssh, name: "target", address: "127.0.0.1", port: port, user: "deploy")
    endpoint.identityFile = key.map { scratch.file($0) }
    let known = try names.map { name in
      let fields = try scratch.read("\(name).pub").split(separator: " ")
      return "[127.0.0.1]:\(port) \(fields[0]) \(fields[1])\n"
    }
    endpoint.options = [
      "userknownhostsfile": try scratch.write("known-\(port)", known.joined())
    ].merging(options) { $1 }
    return endpoint
  }
}

/// The error of a connect that must not succeed.
func failure(
  _ connector: SSHConnector, _ endpoint: Endpoint
) async throws -> TransportError {
  do {
    let connection = try await connector.connect(to: endpoint)
    await connection.close()
  } catch let error as TransportError {
    return error
  }
  throw Failure("the connect succeeded")
}
