import Glibc
import ModuleKit
import Schema
import Testing

@testable import Transport

/// Where secrets may not be seen, and what happens when there is no room for an input.
@Suite struct SecretTests {
  private static let canary = "canary" + randomHex(digits: 16)

  /// Arguments and environment of every process of the machine that hold the text.
  private func processes(with text: String) -> [String] {
    guard let folder = opendir("/proc") else { return ["no /proc"] }
    defer { closedir(folder) }
    var found: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard Int(name) != nil else { continue }
      for file in ["cmdline", "environ"] {
        let bytes = contents(of: "/proc/\(name)/\(file)")
        if find(Array(text.utf8), in: bytes) != nil {
          found.append("\(file): \(String(decoding: bytes, as: UTF8.self))")
        }
      }
    }
    return found
  }

  /// As the shell's own account, in a shell of its own because of `$$`, and as another account.
  @Test(arguments: TestShell.installed, isRoot ? [0, 1, 2] : [0, 1])
  func `secrets are in no arguments and no environment`(
    _ test: TestShell, way: Int
  ) async throws {
    let folder = try Scratch()
    let gate = "\(folder.path)/gate"
    let secret = SecretTests.canary
    try await test.use { shell in
      let own: Script = way == 1 ? ": $$" : ":"
      var frame = step(
        """
        \(own); secret=\(secret)
        mkfifo -m 666 \(gate); native cat \(gate) >&2
        cat; put \(secret)
        """,
        input: Blob(Array(secret.utf8), isSecret: true))
      if way == 2 {
        frame.user = "nobody"
        chmod(folder.path, 0o777)
      }
      let message = Message([frame])
      let running = Task { try await shell.exchange(message).map(Answer.init) }
      try await eventually { folder.entries == ["gate"] }
      let seen = processes(with: secret)
      #expect(seen == [])
      try folder.write("", to: "gate")
      let answers = try await running.value
      #expect(answers == [.done("\(secret)\(secret)\0")])
    }
  }

  @Test(.enabled(if: isRoot && isProgram("sudo") && isProgram("useradd"), "needs root and sudo"))
  func `the password is in no arguments and no environment`() async throws {
    let account = try TestAccount(sudoers: ["LOGIN ALL=(ALL:ALL) ALL"])
    let shell = try await account.open(Privilege(.sudo, password: TestAccount.password))
    let seen = processes(with: "pass-canary")
    #expect(seen == [])
    let variables = try await shell.output(of: "set; env")
    #expect(!variables.contains("canary"))
    await shell.close()
  }

  @Test func `inputs lie in a folder for their owner only`() async throws {
    try await TestShell.installed[0].use { shell in
      let size = 100_000
      let input = Blob([UInt8](repeating: 7, count: size))
      let script: Script = """
        for each in /run/spile /dev/shm /tmp; do
          folder=$each/\("shell." + shell.identity.tag)
          [ ! -d $folder ] || stat -c '%a %u' $folder
          ls -A $folder 2>/dev/null
        done
        true
        """
      let answers = try await shell.answers(step(script, input: input))
      #expect(answers == [.done("700 \(getuid())\n")])
    }
  }

  @Test(arguments: TestShell.installed)
  func `where there is no room the host says how much there is`(_ test: TestShell) async throws {
    try await test.use { shell in
      let text = try await shell.output(
        of: "spile_folder 9000000000000000 /tmp /no/folder || printf %s \"$spile_rooms\"")
      #expect(text.hasPrefix("/tmp has ") && text.hasSuffix(" KiB free"))
      #expect(Int(text.dropFirst(9).dropLast(9)) != nil)
    }
  }

  @Test(.enabled(if: isRoot, "only root can mount"), arguments: TestShell.installed)
  func `a disk that is full ends the transfer with an error`(_ test: TestShell) async throws {
    let folder = try Scratch()
    do {
      try run("mount", "-t", "tmpfs", "-o", "size=256k", "spile", folder.path)
    } catch {
      withKnownIssue("no right to mount here") { Issue.record("not tried") }
      return
    }
    defer { umount(folder.path) }
    let shell = try await test.open()
    let bytes = [UInt8](repeating: 7, count: 3 << 20)
    let error = await #expect(throws: TransportError.self) {
      try await shell.transfer(Blob(bytes), to: "\(folder.path)/input", of: "copy it")
    }
    #expect(error?.code == .other)
    #expect(error?.message.contains("\"copy it\" did not reach the host") == true)
    await shell.close()
  }
}
