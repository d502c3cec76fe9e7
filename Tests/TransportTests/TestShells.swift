import Glibc
import ModuleKit
import Schema
import Testing
import Transport

/// A program that can be the `sh` of a host.
struct TestShell: Sendable, CustomTestStringConvertible {
  let name: String
  let command: [String]

  var testDescription: String { name }
  var isInstalled: Bool { isProgram(command[0]) }

  static let dash = TestShell(name: "dash", command: ["dash"])
  static let all = [
    dash, TestShell(name: "bash", command: ["bash", "--posix"]),
    TestShell(name: "busybox", command: ["busybox", "sh"]),
  ]
  static let installed = all.filter(\.isInstalled)

  func open(
    _ privilege: Privilege = .none, limits: ShellLimits = ShellLimits(),
    previous: ShellIdentity? = nil
  ) async throws -> Shell {
    let endpoint = Endpoint(kind: .local, name: "here")
    let connection = try await LocalConnector(shell: command).connect(to: endpoint)
    return try await Shell.open(
      on: connection, host: "here", privilege: privilege, limits: limits, previous: previous)
  }

  /// Opens a shell, uses it, closes it.
  func use<Result>(
    _ privilege: Privilege = .none, limits: ShellLimits = ShellLimits(),
    _ body: (Shell) async throws -> Result
  ) async throws -> Result {
    let shell = try await open(privilege, limits: limits)
    do {
      let result = try await body(shell)
      await shell.close()
      return result
    } catch {
      await shell.close()
      throw error
    }
  }
}

let isCI = environmentVariable("CI") == "true"
let isRoot = getuid() == 0

func environmentVariable(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }
}

func isProgram(_ name: String) -> Bool {
  let path = environmentVariable("PATH") ?? "/usr/bin:/bin"
  let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin"]
  return folders.contains { access("\($0)/\(name)", X_OK) == 0 }
}

/// A probe with a deadline that no test is meant to reach.
func probe(_ script: Script, deadline: Duration = .seconds(60)) -> Frame {
  Frame("probe", script, isStep: false, deadline: deadline)
}

func step(_ script: Script, input: Blob? = nil, deadline: Duration = .seconds(60)) -> Frame {
  Frame("step", script, input: input, isStep: true, deadline: deadline)
}

/// What a reply comes to, short enough to compare.
enum Answer: Equatable, Sendable {
  case finished(Int32, String, String)
  case preconditionFailed(String)
  case skipped
  case timedOut

  init(_ reply: FrameReply) {
    switch reply {
    case .finished(let status, let output, let errors, _):
      self = .finished(
        status, String(decoding: output, as: UTF8.self), String(decoding: errors, as: UTF8.self))
    case .preconditionFailed(let text): self = .preconditionFailed(text)
    case .skipped: self = .skipped
    case .timedOut: self = .timedOut
    }
  }

  var withoutErrors: Answer {
    guard case .finished(let status, let output, _) = self else { return self }
    return .finished(status, output, "")
  }

  static func done(_ output: String = "", status: Int32 = 0) -> Answer {
    .finished(status, output, "")
  }
}

extension Shell {
  func answers(_ frames: Frame...) async throws -> [Answer] {
    try await exchange(Message(frames)).map(Answer.init)
  }

  /// Standard output of a script that must succeed.
  func output(of script: Script) async throws -> String {
    let answer = try #require(try await answers(probe(script)).first)
    guard case .finished(0, let text, _) = answer else {
      Issue.record("the script did not succeed: \(answer)")
      return ""
    }
    return text
  }
}
