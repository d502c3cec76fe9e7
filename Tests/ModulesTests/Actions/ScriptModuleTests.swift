import Diagnostics
import ModuleKit
import Schema
import Testing

@testable import Modules

@Suite struct `The modules script, raw and tempfile` {
  static let scripts: [(source: String, task: String, output: String)] = [
    ("#!/bin/sh\nprintf '%s|' \"$@\"; pwd", "x.sh a 'b c' $((1+2))", "a|b c|3|/root"),
    ("echo plain $1", "x.sh one", "plain one"), ("#!/bin/sh -e\nfalse\necho no", "x.sh", ""),
    ("#!/bin/cat\nline", "x.sh", "#!/bin/cat\nline"), ("cat; echo end", "x.sh", "end"),
  ]

  @Test(arguments: TestShell.allCases, scripts)
  func `a script of the controller runs`(
    shell: TestShell, row: (source: String, task: String, output: String)
  ) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let content = ControllerContent.file(Blob(Array(row.source.utf8)), mode: 0o644)
    let outcome = try host.act(
      try module(
        ScriptModule.self, "cmd: \"\(row.task)\"", contents: ["cmd": content]))
    #expect(outcome.result["stdout"] == .string(row.output))
  }

  @Test(arguments: TestShell.allCases)
  func `nothing is left of a script`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let content = ControllerContent.file(Blob(Array("ls -l $0; echo $0".utf8)), mode: 0o644)
    let outcome = try host.act(
      try module(ScriptModule.self, "cmd: x.sh", contents: ["cmd": content]))
    let lines = outcome.result["stdout_lines"]?.list?.compactMap(\.string) ?? []
    #expect(lines.first?.hasPrefix("-rwx------") == true)
    #expect(host.run("[ -e \(lines.last ?? "/") ]").status == 1)
  }

  @Test func `executable, chdir and guards are heeded`() throws {
    let host = TestHost()
    defer { host.remove() }
    let content = ControllerContent.file(
      Blob(Array("#!/nowhere\necho $0 $-; pwd".utf8)), mode: 0o644)
    func run(_ options: String) throws -> ActionOutcome {
      try host.act(
        try module(
          ScriptModule.self, "{cmd: x.sh, \(options)}", contents: ["cmd": content]))
    }
    let output = try run("executable: /bin/bash -e, chdir: /usr").result["stdout"]?.string ?? ""
    #expect(output.contains("e") && output.hasSuffix("\n/usr"))
    let guarded = try run("creates: /etc/passwd")
    #expect(!guarded.didRun && guarded.result["skipped"] == .bool(true))
    #expect(try run("removes: /etc/passwd, executable: sh").failure == nil)
  }

  @Test(arguments: TestShell.allCases)
  func `raw runs source as it is`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    let outcome = try host.act(try module(RawModule.self, "cmd: \"echo $((6*7)) | cat; echo 'x'\""))
    #expect(outcome.result["stdout"] == .string("42\nx"))
    #expect(try host.act(try module(RawModule.self, "cmd: exit 4")).result["rc"] == .int(4))
  }

  @Test(arguments: TestShell.allCases)
  func `tempfile makes what only its owner can use`(shell: TestShell) throws {
    let host = TestHost(shell)
    defer { host.remove() }
    for (state, mode) in [("file", "0600"), ("directory", "0700")] {
      let task = "{path: '\(host.root)', state: \(state), prefix: \"a'b.\", suffix: .x}"
      let first = try host.act(try module(TempFileModule.self, task))
      let second = try host.act(try module(TempFileModule.self, task))
      let path = try #require(first.result["path"]?.string)
      #expect(path.hasPrefix("\(host.root)/a'b.") && path.hasSuffix(".x"))
      #expect(first.result["mode"] == .string(mode) && first.result["state"] == .string(state))
      #expect(second.result["path"] != first.result["path"])
      #expect(host.run("[ -e \(path) ]").status == 0)
    }
    let missing = try host.act(try module(TempFileModule.self, "{path: /nowhere}"))
    #expect(missing.failure != nil)
  }
}
