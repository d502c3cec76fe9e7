import Glibc
import Testing

@testable import Transport

/// An account that exists as long as the test, and the sudoers file that goes with it.
final class TestAccount {
  static let password = "Tz4'x \"$(id)\\ pass-canary"
  let name: String
  private let sudoers: String

  init(sudoers lines: [String] = []) throws {
    name = "spile" + randomHex(digits: 8)
    sudoers = "/etc/sudoers.d/\(name)"
    try run("useradd", "-m", "-s", "/bin/sh", name)
    try run("chpasswd", input: "\(name):\(TestAccount.password)\n")
    guard !lines.isEmpty else { return }
    let text = lines.joined(separator: "\n").replacing("LOGIN", with: name) + "\n"
    let file = try #require(fopen(sudoers, "w"))
    fputs(text, file)
    fclose(file)
    chmod(sudoers, 0o440)
    try run("visudo", "-c", "-q", "-f", sudoers)
  }

  deinit {
    unlink(sudoers)
    try? run("userdel", "-r", "-f", name)
  }

  /// A way to log in as this account: its `sh`, as sshd would start it.
  var connector: LocalConnector {
    LocalConnector(shell: ["runuser", "-u", name, "--", "sh"])
  }

  func open(_ privilege: Privilege, limits: ShellLimits = ShellLimits()) async throws -> Shell {
    let connection = try await connector.connect(to: Endpoint(kind: .local, name: "here"))
    return try await Shell.open(on: connection, host: "here", privilege: privilege, limits: limits)
  }
}

/// Runs a command to its end; its output goes nowhere.
func run(_ command: String..., input: String = "") throws {
  let child = try ChildProcess.spawn(command)
  let bytes = Array(input.utf8)
  #expect(write(child.input, bytes, bytes.count) == bytes.count)
  close(child.input)
  var status: Int32 = 0
  waitpid(child.pid, &status, 0)
  close(child.output)
  close(child.errors)
  try #require(status == 0, "\(command)")
}
