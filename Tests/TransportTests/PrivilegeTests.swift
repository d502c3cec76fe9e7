import Glibc
import ModuleKit
import Schema
import Testing

@testable import Transport

/// Real accounts and the real sudo.
private let hasSudo = isRoot && isProgram("sudo") && isProgram("runuser") && isProgram("useradd")

@Suite struct SudoIsThereTests {
  @Test func `sudo and the right to make accounts are there`() {
    withKnownIssue("without root and sudo nothing was tried with it") {
      #expect(hasSudo)
    } when: {
      !hasSudo && !isCI
    }
  }
}

@Suite(.enabled(if: hasSudo, "needs root and sudo"), .serialized) struct PrivilegeTests {
  private static let ask = "LOGIN ALL=(ALL:ALL) ALL"
  private static let free = "LOGIN ALL=(ALL:ALL) NOPASSWD: ALL"
  private static let settings = ["Defaults:LOGIN use_pty", "Defaults:LOGIN !use_pty"]
  private static let password = TestAccount.password

  @Test(arguments: settings, [free, ask])
  func `a login becomes root by sudo`(_ setting: String, rule: String) async throws {
    let account = try TestAccount(sudoers: [setting, rule])
    let password = rule == PrivilegeTests.ask ? PrivilegeTests.password : nil
    let shell = try await account.open(Privilege(.sudo, password: password))
    #expect(shell.identity.uid == 0 && shell.identity.userName == "root")
    let bytes = (0..<(200 << 10)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 251) }
    let input = Blob(bytes)
    let replies = try await shell.exchange(
      Message([
        step("echo $HOME; id -u"), step("cat; echo errors >&2", input: input),
        step("cat", input: Blob(Array(bytes[..<1000]))), probe("kill -9 $$"), probe("echo end"),
      ]))
    #expect(Answer(replies[0]) == .done("/root\n0\n"))
    guard case .finished(0, let output, let errors, false) = replies[1] else {
      Issue.record("\(replies[1])")
      return
    }
    #expect(output == bytes)
    #expect(errors == Array("errors\n".utf8))
    guard case .finished(0, let small, _, _) = replies[2] else { return }
    #expect(small == Array(bytes[..<1000]))
    #expect(Answer(replies[4]) == .done("end\n"))
    await shell.close()
    try await eventually { !isRunning(shell.identity) }
  }

  @Test func `sudo may have another path, and switches of its own`() async throws {
    let account = try TestAccount(sudoers: [PrivilegeTests.free])
    for flags in [["-E"], ["-i"], ["-g", "daemon"]] {
      let shell = try await account.open(
        Privilege(.sudo, executable: "/usr/bin/sudo", flags: flags))
      let replies = try await shell.exchange(Message([step("id -u; id -gn")]))
      #expect(Answer(replies[0]) == .done(flags == ["-g", "daemon"] ? "0\ndaemon\n" : "0\nroot\n"))
      await shell.close()
    }
  }

  @Test(arguments: settings)
  func `an overdue frame behind sudo is killed`(_ setting: String) async throws {
    let account = try TestAccount(sudoers: [setting, PrivilegeTests.ask])
    var limits = ShellLimits()
    limits.grace = .milliseconds(500)
    let shell = try await account.open(
      Privilege(.sudo, password: PrivilegeTests.password), limits: limits)
    let answers = try await shell.answers(
      probe("sleep 1000", deadline: .milliseconds(200)), probe("echo after"))
    #expect(answers == [.timedOut, .done("after\n")])
    await shell.close()
  }

  @Test func `a login becomes an ordinary account`() async throws {
    let account = try TestAccount(sudoers: [PrivilegeTests.free])
    let other = try TestAccount()
    let shell = try await account.open(Privilege(.sudo, user: other.name))
    #expect(shell.identity.userName == other.name)
    #expect(try await shell.output(of: "echo $HOME") == "/home/\(other.name)\n")
    await shell.close()
  }

  @Test func `a password that is not asked for is not sent`() async throws {
    let account = try TestAccount(sudoers: [PrivilegeTests.free])
    let shell = try await account.open(Privilege(.sudo, password: PrivilegeTests.password))
    #expect(try await shell.output(of: "cat") == "")
    await shell.close()
  }

  @Test func `the lecture does not disturb`() async throws {
    let account = try TestAccount(sudoers: ["Defaults:LOGIN lecture=always", PrivilegeTests.ask])
    let shell = try await account.open(Privilege(.sudo, password: PrivilegeTests.password))
    #expect(shell.identity.uid == 0)
    await shell.close()
  }

  @Test(arguments: settings)
  func `a wrong password is told from none`(_ setting: String) async throws {
    let account = try TestAccount(sudoers: [setting, PrivilegeTests.ask])
    let wrong = await refusal(account, Privilege(.sudo, password: "wrong-canary"))
    #expect(wrong?.code == .privilegePasswordWrong)
    let none = await refusal(account, Privilege(.sudo))
    #expect(none?.code == .privilegePasswordNeeded)
    #expect(none?.serverSaid?.contains("password is required") == true)
  }

  @Test func `one try allowed, and it is wrong`() async throws {
    let account = try TestAccount(sudoers: ["Defaults:LOGIN passwd_tries=1", PrivilegeTests.ask])
    let wrong = await refusal(account, Privilege(.sudo, password: "wrong-canary"))
    #expect(wrong?.code == .privilegePasswordWrong)
  }

  @Test func `a login without a rule is told so`() async throws {
    let account = try TestAccount()
    let error = await refusal(account, Privilege(.sudo, password: PrivilegeTests.password))
    #expect(error?.code == .privilegeRefused)
    #expect(error?.serverSaid?.contains("not in the sudoers file") == true)
    #expect(error?.help?.contains("sudoers") == true)
  }

  @Test func `a rule for another command does not help`() async throws {
    let account = try TestAccount(sudoers: ["LOGIN ALL=(ALL:ALL) NOPASSWD: /usr/bin/true"])
    let error = await refusal(account, Privilege(.sudo, password: PrivilegeTests.password))
    #expect(error?.code == .privilegeRefused)
    #expect(error?.message == "sudo does not let this login become root")
  }

  @Test func `requiretty is explained`() async throws {
    let account = try TestAccount(sudoers: ["Defaults:LOGIN requiretty", PrivilegeTests.free])
    let error = await refusal(account, Privilege(.sudo))
    #expect(error?.code == .privilegeRefused)
    #expect(error?.message.contains("requiretty") == true)
  }

  @Test func `an account that does not exist is named`() async throws {
    let account = try TestAccount(sudoers: [PrivilegeTests.free])
    let error = await refusal(account, Privilege(.sudo, user: "nobody-here"))
    #expect(error?.code == .privilegeRefused)
    #expect(error?.message.contains("nobody-here") == true)
  }

  @Test func `su without root is not supported, and says so`() async throws {
    let account = try TestAccount()
    let error = await refusal(account, Privilege(.su, password: PrivilegeTests.password))
    #expect(error?.code == .privilegeRefused)
    #expect(error?.message.contains("terminal") == true)
  }

  @Test(arguments: [Privilege(.sudo), Privilege(.su)])
  func `root needs no sudo`(_ privilege: Privilege) async throws {
    try await TestShell.installed[0].use(privilege) { shell in
      #expect(shell.identity.uid == 0)
      let parents = try await shell.output(
        of: """
          read -r line </proc/\(Int(shell.identity.pid))/stat
          set -- ${line##*) }
          cat /proc/$2/comm
          """)
      #expect(!parents.contains("sudo"))
    }
    try await TestShell.installed[0].use(Privilege(privilege.method, user: "nobody")) { shell in
      #expect(shell.identity.userName == "nobody")
    }
  }

  @Test func `where sudo is missing the error says so`() async throws {
    let account = try TestAccount()
    let connector = LocalConnector(
      shell: ["runuser", "-u", account.name, "--", "env", "PATH=/nowhere", "/bin/sh"])
    let connection = try await connector.connect(to: Endpoint(kind: .local, name: "here"))
    let error = await #expect(throws: TransportError.self) {
      try await Shell.open(on: connection, host: "here", privilege: Privilege(.sudo))
    }
    #expect(error?.code == .privilegeRefused)
    #expect(error?.message == "sudo is not installed on this host")
  }

  @Test(arguments: [["sh", "-c", "echo This account is not available.; exit 1"], ["false"]])
  func `a login without a shell is told so`(_ command: [String]) async throws {
    for privilege in [Privilege.none, Privilege(.sudo)] {
      let connection = try await LocalConnector(shell: command).connect(
        to: Endpoint(kind: .local, name: "here"))
      let error = await #expect(throws: TransportError.self) {
        try await Shell.open(on: connection, host: "here", privilege: privilege)
      }
      #expect(error?.code == .noShell)
      #expect(command[0] == "false" || error?.serverSaid?.contains("not available") == true)
    }
  }

  @Test func `a forced command that reads and says nothing is told so`() async throws {
    var limits = ShellLimits()
    limits.hello = .milliseconds(200)
    let connection = try await LocalConnector(shell: ["sh", "-c", "echo banner; cat"]).connect(
      to: Endpoint(kind: .local, name: "here"))
    let error = await #expect(throws: TransportError.self) {
      try await Shell.open(
        on: connection, host: "here", privilege: .none, limits: limits)
    }
    #expect(error?.code == .noShell)
    #expect(error?.serverSaid?.hasPrefix("banner\n") == true)
  }

  @Test(arguments: [Privilege.none, Privilege(.sudo)])
  func `an opening that is cancelled ends`(_ privilege: Privilege) async throws {
    let connection = try await LocalConnector(shell: ["cat"]).connect(
      to: Endpoint(kind: .local, name: "here"))
    let opening = Task {
      try await Shell.open(on: connection, host: "here", privilege: privilege)
    }
    opening.cancel()
    let error = await #expect(throws: TransportError.self) { try await opening.value }
    #expect(error?.code == .cancelled)
  }

  @Test func `noise of a login is not the shell's word`() async throws {
    let shell = TestShell(
      name: "noisy", command: ["sh", "-c", "echo Welcome; echo H 1 2 >&2; exec sh"])
    try await shell.use { shell in
      let text = try await shell.output(of: "echo one")
      #expect(text == "one\n")
    }
  }

  /// Why there was no shell; nothing of the password may be in it.
  private func refusal(_ account: TestAccount, _ privilege: Privilege) async -> TransportError? {
    let error = await #expect(throws: TransportError.self) { try await account.open(privilege) }
    if let error {
      #expect(error.phase == .privilege && error.host == "here")
      #expect(!"\(error)".contains("canary"))
    }
    return error
  }
}
