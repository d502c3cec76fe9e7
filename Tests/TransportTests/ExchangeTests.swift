import ModuleKit
import Schema
import Testing
import Transport

@Suite struct ExchangeTests {
  @Test(arguments: TestShell.all)
  func `a shell of the protocol is installed`(_ shell: TestShell) {
    withKnownIssue("\(shell.name) is not installed, nothing was tried with it") {
      #expect(shell.isInstalled)
    } when: {
      !shell.isInstalled && !isCI
    }
  }

  @Test(arguments: TestShell.installed)
  func `the hello says who the shell is`(_ test: TestShell) async throws {
    try await test.use { shell in
      let identity = shell.identity
      #expect(identity.kind.rawValue == test.name)
      let account = try await shell.output(of: "id -u; id -un")
      #expect(account == "\(identity.uid)\n\(identity.userName)\n")
      let start = try await shell.output(of: "cut -d' ' -f22 /proc/\(Int(identity.pid))/stat")
      #expect(start == "\(identity.startTime)\n")
      let boot = try await shell.output(of: "cat /proc/sys/kernel/random/boot_id")
      #expect(boot == "\(identity.bootID ?? "")\n")
      #expect(await shell.exchanges == 3)
    }
  }

  @Test(arguments: TestShell.installed)
  func `each frame has its own status, output and errors`(_ test: TestShell) async throws {
    try await test.use { shell in
      let answers = try await shell.answers(
        probe("echo one; echo two >&2"), probe("printf three; exit 3"), probe(":"),
        probe("if"), probe("printf four"))
      #expect(answers[0] == .finished(0, "one\n", "two\n"))
      #expect(answers[1] == .done("three", status: 3))
      #expect(answers[2] == .done())
      guard case .finished(let status, "", let errors) = answers[3] else {
        Issue.record("\(answers[3])")
        return
      }
      #expect(status != 0 && errors.contains("yntax"))
      #expect(answers[4] == .done("four"))
    }
  }

  @Test(arguments: TestShell.installed)
  func `errors are those of their frame, whatever its neighbours say`(
    _ test: TestShell
  ) async throws {
    try await test.use { shell in
      let answers = try await shell.answers(
        probe(":"), probe("echo one >&2; exit 3"), probe("echo two >&2"), step("echo three >&2"),
        probe("exit 4"), step(":"), probe("echo four >&2; echo five >&2"))
      #expect(
        answers == [
          .done(), .finished(3, "", "one\n"), .finished(0, "", "two\n"),
          .finished(0, "", "three\n"), .done(status: 4), .done(),
          .finished(0, "", "four\nfive\n"),
        ])
    }
  }

  @Test(arguments: TestShell.installed)
  func `a message of 500 frames is one exchange`(_ test: TestShell) async throws {
    try await test.use { shell in
      let frames = (0..<500).map { probe("echo \($0)") }
      let replies = try await shell.exchange(Message(frames)).map(Answer.init)
      #expect(replies == (0..<500).map { .done("\($0)\n") })
      #expect(await shell.exchanges == 1)
    }
  }

  @Test(arguments: TestShell.installed)
  func `the start state is fixed, and native gives back what the account had`(
    _ test: TestShell
  ) async throws {
    try await test.use { shell in
      let text = try await shell.output(
        of: #"echo "$LC_ALL $PWD $PATH"; umask; native sh -c 'umask; echo "${LC_ALL-unset}"'"#)
      let lines = text.split(separator: "\n")
      #expect(
        lines[0] == "C / /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
      #expect(lines[1].hasSuffix("077"))
      #expect(lines[2].hasSuffix("022"))
      #expect(lines[3] == "unset")
    }
  }

  @Test(arguments: TestShell.installed)
  func `the end of a frame's shell is not the end of the shell`(_ test: TestShell) async throws {
    try await test.use { shell in
      let answers = try await shell.answers(
        probe("kill -9 $$"), probe("exec echo gone"), probe("set -e; false; echo not"),
        probe("exit 200"), probe("read -r line </proc/self/stat; kill -KILL ${line%% *}"),
        probe("exec >&- 2>&-"), probe("unset PATH; IFS=x; cd /tmp; set -- a; return 4"),
        probe("echo $# $PWD $PATH"))
      #expect(
        answers.map(\.withoutErrors) == [
          .done(status: 137), .done("gone\n"), .done(status: 1), .done(status: 200),
          .done(status: 137), .done(), .done(status: 4),
          .done("0 / /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"),
        ])
    }
  }
}
