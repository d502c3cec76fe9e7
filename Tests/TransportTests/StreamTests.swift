import ModuleKit
import Schema
import Testing

@testable import Transport

/// Output and input of frames: binary, forged, large, isolated.
@Suite struct StreamTests {
  @Test(arguments: TestShell.installed)
  func `output is binary`(_ test: TestShell) async throws {
    let bytes = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 256) }
    try await test.use { shell in
      let replies = try await shell.exchange(
        Message([step("cat; cat /proc/self/fd/0 >&2", input: Blob(bytes)), probe("echo")]))
      guard case .finished(0, let output, _, false) = replies[0] else {
        Issue.record("\(replies)")
        return
      }
      #expect(output == bytes)
      #expect(Answer(replies[1]) == .done("\n"))
    }
  }

  @Test(arguments: TestShell.installed)
  func `output that looks like a mark is output`(_ test: TestShell) async throws {
    try await test.use { shell in
      let nonce = await shell.nonce
      let fakes = [
        "00000000000000000000000000000000 E 0 0\n", "\(nonce) E 7 0\n", "\(nonce) B 0 1\n",
        "\(nonce) H 1 2 3\nrest", "\(nonce)", "\(nonce) \(nonce) E x 0\n", "\(nonce.prefix(31))",
      ]
      for fake in fakes {
        let replies = try await shell.exchange(
          Message([step("cat", input: Blob(Array(fake.utf8))), probe("echo true")]))
        #expect(replies.map(Answer.init) == [.done(fake), .done("true\n")])
      }
    }
  }

  @Test(arguments: TestShell.installed)
  func `a frame does not know the nonce`(_ test: TestShell) async throws {
    try await test.use { shell in
      let all = try await shell.output(of: "set; export; env; echo $spile_nonce")
      let nonce = await shell.nonce
      let own = all.split(separator: "\n").filter { $0.contains(nonce) }
      #expect(own == [])
    }
  }

  @Test(arguments: TestShell.installed)
  func `output beyond the cap is dropped and flagged`(_ test: TestShell) async throws {
    var limits = ShellLimits()
    limits.outputBytes = 100_000
    try await test.use(limits: limits) { shell in
      let replies = try await shell.exchange(
        Message([
          probe("head -c 300000 /dev/zero; echo end >&2"), probe("head -c 100000 /dev/zero"),
          step("head -c 3000000 /dev/zero >&2; echo end"),
        ]))
      let sizes = replies.map { reply -> [Int] in
        guard case .finished(0, let output, let errors, let isTruncated) = reply else { return [] }
        return [output.count, errors.count, isTruncated ? 1 : 0]
      }
      #expect(sizes == [[100_000, 4, 1], [100_000, 0, 0], [4, 100_000, 1]])
    }
  }

  @Test(arguments: TestShell.installed)
  func `a script that reads standard input reads nothing of the protocol`(
    _ test: TestShell
  ) async throws {
    try await test.use { shell in
      let answers = try await shell.answers(
        step("cat; read -r line; echo $?"), step("head -c 1", input: Blob(Array("abc".utf8))),
        step("cat >/dev/null & wait; cat"), probe("cat; exit 5"), probe("echo here"))
      #expect(
        answers == [
          .done("1\n"), .done("a"), .done(), .done(status: 5), .done("here\n"),
        ])
    }
  }

  @Test(arguments: TestShell.installed, [1, 65_536, 65_537, 1 << 20])
  func `an input of any size arrives and leaves nothing behind`(
    _ test: TestShell, size: Int
  ) async throws {
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 251) }
    let input = Blob(bytes)
    try await test.use { shell in
      let tag = shell.identity.tag
      let answers = try await shell.answers(
        step("sha256sum", input: input), step("wc -c", input: input),
        probe(
          """
          for each in /run/spile /dev/shm /tmp /var/tmp; do
            ls $each/\("shell." + tag) 2>/dev/null
          done
          true
          """))
      #expect(answers[0] == .done("\(input.sha256)  -\n"))
      #expect(answers[1].withoutErrors == .done("\(size)\n"))
      #expect(answers[2] == .done())
      #expect(await shell.exchanges == 1)
      await shell.close()
      for folder in ["/run/spile", "/dev/shm", "/tmp", "/var/tmp"] {
        #expect(!exists("\(folder)/shell.\(tag)"))
      }
    }
  }

  @Test(arguments: TestShell.installed)
  func `a damaged input stops its step`(_ test: TestShell) async throws {
    try await test.use { shell in
      let damaged = Blob(bytes: Array("abc".utf8), sha256: String(repeating: "0", count: 64))
      let answers = try await shell.answers(
        step("cat", input: damaged), step("echo no"), probe("echo no"))
      #expect(
        answers == [
          .preconditionFailed("its input did not arrive whole on the host"), .skipped, .skipped,
        ])
    }
  }

  @Test(arguments: [1, 2, 3, 7, 64, 1000])
  func `the parser does not care how the bytes are cut`(_ size: Int) {
    let nonce = "0123456789abcdef0123456789abcdef"
    let text =
      "noise\(nonce) B 0 12\nout\(nonce) put\(nonce) E 0 3\n"
      + "more noise\(nonce) S 1\n\(nonce) B 2 9\n\(nonce) E 2 0\n"
    var parser = StreamParser(nonce: nonce, cap: 1000)
    let bytes = Array(text.utf8)
    var marks: [Mark] = []
    for start in stride(from: 0, to: bytes.count, by: size) {
      marks += parser.take(Array(bytes[start..<min(start + size, bytes.count)]))
    }
    #expect(
      marks == [
        .began(0, pid: 12),
        .ended(0, status: 3, output: Array("out\(nonce) put".utf8), isTruncated: false),
        .skipped(1), .began(2, pid: 9),
        .ended(2, status: 0, output: [], isTruncated: false),
      ])
  }

  @Test func `a mark behind the first half of a nonce is found`() {
    let nonce = "01230"
    var parser = StreamParser(nonce: nonce, cap: 1000)
    let marks = parser.take(Array("\(nonce) B 0 12\n0123\(nonce) E 0 3\n".utf8))
    #expect(
      marks == [
        .began(0, pid: 12),
        .ended(0, status: 3, output: Array("0123".utf8), isTruncated: false),
      ])
  }
}
