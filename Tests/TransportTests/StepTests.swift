import ModuleKit
import Schema
import Testing
import Transport

/// Which frames of a message run, and in what surroundings.
@Suite struct StepTests {
  @Test(arguments: TestShell.installed)
  func `a step that fails stops what is behind it, except what always runs`(
    _ test: TestShell
  ) async throws {
    try await test.use { shell in
      var always = probe("echo always")
      always.runsAlways = true
      let answers = try await shell.answers(
        step("echo one"), probe("false"), step("exit 7"), step("echo two"), probe("echo no"),
        always, step("echo no"))
      #expect(
        answers == [
          .done("one\n"), .done(status: 1), .done(status: 7), .skipped, .skipped,
          .done("always\n"), .skipped,
        ])
      #expect(try await shell.answers(step("echo again")) == [.done("again\n")])
    }
  }

  @Test(arguments: TestShell.installed)
  func `a step says which statuses it accepts`(_ test: TestShell) async throws {
    try await test.use { shell in
      let rows: [(accepts: Set<Int32>?, script: Script, goesOn: Bool)] = [
        ([0, 3], "exit 3", true), ([0, 3], "exit 2", false), ([0], "exit 30", false),
        (nil, "exit 9", true), (nil, "exit 255", true), ([137], "kill -9 $$", true),
        ([0], "kill -9 $$", false), ([], ":", false),
      ]
      for row in rows {
        var first = step(row.script)
        first.accepts = row.accepts
        let answers = try await shell.answers(first, step("echo next"))
        #expect(answers[1] == (row.goesOn ? .done("next\n") : .skipped), "\(row)")
      }
    }
  }

  @Test(arguments: TestShell.installed)
  func `the first precondition that does not hold ends the step`(_ test: TestShell) async throws {
    try await test.use { shell in
      var guarded = step("echo no", input: Blob(Array("input".utf8)))
      guarded.preconditions = [
        Precondition("true; cat; echo noise", failure: "holds"),
        Precondition("[ -e \("/no such file") ]", failure: "the file is gone"),
        Precondition("exit 1", failure: "never looked at"),
      ]
      var fine = step("cat", input: Blob(Array("input".utf8)))
      fine.preconditions = [Precondition("cat", failure: "holds"), Precondition(":", failure: "")]
      var gentle = probe("echo no")
      gentle.preconditions = [Precondition("false", failure: "no")]
      let answers = try await shell.answers(fine, gentle, probe("echo yes"), guarded, step(":"))
      #expect(
        answers == [
          .done("input"), .preconditionFailed("no"), .done("yes\n"),
          .preconditionFailed("the file is gone"), .skipped,
        ])
    }
  }

  @Test(arguments: TestShell.installed)
  func `the environment is set by construction`(_ test: TestShell) async throws {
    try await test.use { shell in
      let odd = "it's $HOME; `id` \"\\\n* é"
      var frame = step("printf '%s|' \"$FIRST\" \"$second_2\"; env | grep -c ^FIRST=")
      frame.environment = [("FIRST", odd), ("second_2", "")]
      let answers = try await shell.answers(frame, probe("echo ${FIRST-unset}"))
      #expect(answers == [.done("\(odd)||1\n"), .done("unset\n")])
      for name in ["", "1A", "A B", "A=B", "A;id", "é"] {
        frame.environment = [(name, "x")]
        let error = await #expect(throws: TransportError.self) { try await shell.answers(frame) }
        #expect(error?.code == .invalidConfiguration)
      }
    }
  }

  @Test(
    .enabled(if: isRoot, "only root can become another account"), arguments: TestShell.installed)
  func `a frame runs as another account`(_ test: TestShell) async throws {
    try await test.use { shell in
      var frame = step(
        "id -un; id -gn; echo $HOME $USER; echo $LETTER; cat; umask; native umask; put a; exit 3",
        input: Blob(Array("input\n".utf8)))
      frame.accepts = nil
      frame.user = "nobody"
      frame.environment = [("LETTER", "x y")]
      var absent = step("id")
      absent.user = "nobody-here"
      let answers = try await shell.answers(frame, absent, step("id -un"))
      guard case .finished(3, let text, "") = answers[0] else {
        Issue.record("\(answers)")
        return
      }
      let lines = text.split(separator: "\n")
      #expect(lines[..<5] == ["nobody", "nogroup", "/nonexistent nobody", "x y", "input"])
      #expect(lines[5].hasSuffix("077") && lines[6].hasSuffix("022") && lines[7] == "a\0")
      #expect(answers[1] == .preconditionFailed("there is no account nobody-here"))
      #expect(answers[2] == .skipped)
    }
  }

  @Test func `a NUL byte in a script is refused before anything is sent`() async throws {
    try await TestShell.installed[0].use { shell in
      let error = await #expect(throws: TransportError.self) {
        try await shell.answers(step("echo \("a\0b")"))
      }
      #expect(error?.code == .invalidConfiguration)
      #expect(await shell.exchanges == 0)
    }
  }

  @Test func `messages of several tasks take turns`() async throws {
    try await TestShell.installed[0].use { shell in
      let texts = try await withThrowingTaskGroup { group in
        for index in 0..<20 {
          group.addTask { (index, try await shell.output(of: "echo \(index)")) }
        }
        return try await group.reduce(into: [Int: String]()) { $0[$1.0] = $1.1 }
      }
      #expect(texts == Dictionary(uniqueKeysWithValues: (0..<20).map { ($0, "\($0)\n") }))
      #expect(await shell.exchanges == 20)
    }
  }

  @Test func `progress is told in order`() async throws {
    try await TestShell.installed[0].use { shell in
      let seen = Seen()
      _ = try await shell.exchange(Message([step("exit 1"), step(":"), probe(":")])) {
        index, reply in
        seen.add("\(index) \(Answer(reply))")
      }
      #expect(
        seen.texts == ["0 \(Answer.done(status: 1))", "1 \(Answer.skipped)", "2 \(Answer.skipped)"])
    }
  }
}
