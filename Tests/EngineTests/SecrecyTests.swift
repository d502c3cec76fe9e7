import Diagnostics
import Report
import Schema
import Synchronization
import Testing
import Vault

@testable import Engine

/// A canary goes through a run: whatever the run has to say, it is not in it.
struct SecrecyTests {
  private static let canary = "Canary-7355190-hunter2"
  private static let short = "hntr2"
  private static let pin = 73_551_904

  private static func keys() throws -> (VaultKeys, VaultPassword) {
    let password = try #require(VaultPassword(id: "default", bytes: Array("sesame".utf8)))
    return (VaultKeys([password]), password)
  }

  /// Everything that a run says on all its ways: text with all details, and JSON.
  private static func said(_ run: TestRun) -> String {
    let text = Mutex("")
    let report = TextReport(style: RunStyle(showsDiff: true, verbosity: 3), screen: nil) { part in
      text.withLock { $0 += part }
    }
    for event in run.events {
      report.receive(event)
      if let value = JSONReport.value(event) { text.withLock { $0 += JSON.text(value) + "\n" } }
    }
    return text.withLock { $0 }
  }

  /// The canary as it is, and in the forms that programs give it.
  private static let traces = [
    canary, canary.uppercased(), canary.lowercased(), String(canary.reversed()), short,
    "\(pin)", "7355190",
    // In base64, whatever stands before it.
    "Q2FuYXJ5", "NhbmFyeS", "DYW5hcnkt",
  ]

  private func check(
    _ playbook: String, mode: RunMode, wanted: [String], files: [String: String] = [:],
    scratch: Scratch
  ) async throws {
    let (keys, password) = try Self.keys()
    let sealed = try Envelope.sealing(
      Array(
        "pw: \(Self.canary)\nshort: \(Self.short)\npin: \(Self.pin)\nlist: [\(Self.canary), b]\nusers: {a: {pw: \(Self.canary)}}\n"
          .utf8), with: password)
    var files = files
    files["group_vars/all.yml"] = sealed.text
    let run = try await runPlaybook(
      playbook, mode: mode, scratch: scratch, files: files, vault: keys)
    let said = Self.said(run)
    for trace in Self.traces where said.contains(trace) {
      let lines = said.split(separator: "\n").filter { $0.contains(trace) }
      Issue.record("`\(trace)` is in:\n\(lines.prefix(6).joined(separator: "\n"))")
    }
    for word in wanted { #expect(said.contains(word), "\(word) is not in\n\(said)") }
  }

  private static let files = [
    "templates/a.j2": "[app]\npassword = {{ pw }}\nuser = {{ users | to_json }}\n"
  ]

  private static let playbook = """
    - hosts: all
      gather_facts: false
      tasks:
      - debug: {msg: "the password is {{ pw }}"}
      - debug: {var: users}
      - debug: {msg: ["{{ pin }}", "{{ pin | int }}", "{{ pin + 0 }}", "{{ pw | b64encode }}"]}
      - name: a task named {{ pw }}
        debug: {msg: "{{ {pw: pw, 'short': short} }}"}
      - copy: {dest: DIR/copied, content: "password={{ pw }}\\n"}
      - template: {src: a.j2, dest: DIR/templated}
      - lineinfile: {path: DIR/lined, line: "password {{ short }}", create: true}
      - blockinfile: {path: DIR/blocked, block: "password {{ pw }}", create: true}
      - copy: {dest: "DIR/{{ pw }}.txt", content: x}
      - file: {path: "DIR/{{ pw }}.d", state: directory}
      - debug: {msg: item}
        loop: "{{ list }}"
      - debug: {msg: item}
        loop: "{{ list }}"
        loop_control: {label: "item {{ item | upper }}"}
      - set_fact: {derived: "{{ pw | upper | reverse }}", copied: "{{ pw }}"}
      - debug: {msg: "{{ derived }} {{ copied }} {{ hostvars['a'].pw }}"}
      - assert:
          that: "pw == 'other'"
          fail_msg: "{{ pw }} is not {{ short }}"
        ignore_errors: true
      - fail: {msg: "{{ short }}"}
        ignore_errors: true
      - debug: {msg: "{{ pw | int(base=99) }} {{ pw | from_json }}"}
        ignore_errors: true
      - debug: {msg: "{{ users[pw].x }}"}
        ignore_errors: true
      - file: {path: DIR/x, mode: "{{ pw }}"}
        ignore_errors: true
      - stat: {path: "DIR/{{ pw }}"}
        register: found
      - debug: {var: found}
      - debug: {msg: hello, verbosity: "{{ pw }}"}
        ignore_errors: true
      - fail: {msg: "{{ pw }}"}
        when: pw == short

    """

  @Test(arguments: [RunMode.apply, .plan])
  func `a run does not tell a secret`(mode: RunMode) async throws {
    try await check(
      Self.playbook, mode: mode, wanted: ["[secret]", "DIR/copied".replacing("DIR", with: "")],
      files: Self.files, scratch: Scratch())
  }

  @Test func `what hosts send back is searched for secrets`() async throws {
    let scratch = try Scratch()
    try await check(
      """
      - hosts: all
        gather_facts: false
        tasks:
        - copy: {dest: DIR/app.conf, content: "password={{ pw }}\\n"}
        - command: cat DIR/app.conf
          register: shown
        - debug: {var: shown}
        - debug: {msg: "{{ shown.stdout }}"}
        - slurp: {src: DIR/app.conf}
          register: slurped
        - debug: {var: slurped}
        - debug: {msg: "{{ slurped.content | b64decode }}"}
        - command: "echo {{ pw }}"
          register: echoed
        - debug: {var: echoed}
        - shell: "cat DIR/app.conf >&2; exit 3"
          ignore_errors: true
        - shell: "echo {{ short }} >&2; exit 3"
          ignore_errors: true
        - lineinfile: {path: DIR/app.conf, line: other}
        - replace: {path: DIR/app.conf, regexp: password, replace: passphrase}
        - copy: {dest: DIR/app.conf, content: nothing}
        - shell: "printf 'x{{ pw }}' | base64"
          register: encoded
        - debug: {var: encoded}

      """, mode: .apply, wanted: ["[secret]", "app.conf"], scratch: scratch)
    #expect(scratch.text("app.conf") == "nothing")
  }

  @Test func `no_log covers results, items and failures`() async throws {
    try await check(
      """
      - hosts: all
        gather_facts: false
        tasks:
        - command: echo Canary-7355190-hunter2
          no_log: true
          register: quiet
        - debug: {var: quiet}
        - debug: {msg: "{{ quiet.stdout | lower }}"}
        - command: "echo {{ item }}"
          loop: [Canary-7355190-hunter2, hntr2]
          no_log: true
          register: many
        - debug: {var: many}
        - block:
          - shell: "echo Canary-7355190-hunter2; exit 1"
            no_log: true
          rescue:
          - debug: {var: ansible_failed_result}
        - fail: {msg: hntr2}
          no_log: true
          ignore_errors: true

      """, mode: .apply, wanted: ["not shown (no_log)"], scratch: Scratch())
  }

  @Test func `files are decrypted on the way, unless that is not wanted`() async throws {
    let scratch = try Scratch()
    let (_, password) = try Self.keys()
    let sealed = try Envelope.sealing(Array("key=\(Self.canary)\n".utf8), with: password).text
    try await check(
      """
      - hosts: all
        gather_facts: false
        tasks:
        - copy: {src: key, dest: DIR/open}
        - copy: {src: key, dest: DIR/closed, decrypt: false}
        - template: {src: key.j2, dest: DIR/templated}
        - copy: {src: tree, dest: DIR/}
        - include_vars: {file: more.yml, name: more}
        - debug: {var: more}

      """, mode: .apply, wanted: ["[secret]", "closed"],
      files: [
        "files/key": sealed, "templates/key.j2": sealed, "files/tree/key": sealed,
        "more.yml": sealed.replacing("key=", with: "key="),
        "vars/more.yml": try Envelope.sealing(Array("k: \(Self.canary)\n".utf8), with: password)
          .text,
      ], scratch: scratch)
    #expect(scratch.text("open") == "key=\(Self.canary)\n")
    #expect(scratch.text("closed") == sealed)
    #expect(scratch.text("templated") == "key=\(Self.canary)\n")
    #expect(scratch.text("tree/key") == "key=\(Self.canary)\n")
  }

  @Test(arguments: [RunMode.apply, .plan])
  func `whatever is made of an encrypted file is secret`(mode: RunMode) async throws {
    let scratch = try Scratch()
    let (_, password) = try Self.keys()
    func sealed(_ text: String) throws -> String {
      try Envelope.sealing(Array(text.utf8), with: password).text
    }
    let archive = Self.tar(name: "app/key", Array("key=\(Self.canary)\n".utf8))
    try await check(
      """
      - hosts: all
        gather_facts: false
        tasks:
        - file: {path: DIR/out, state: directory}
        - unarchive: {src: app.tar, dest: DIR/out}
          register: unpacked
        - debug: {var: unpacked}
        - assemble: {src: parts, dest: DIR/assembled, remote_src: false}
        - script: run.sh
          register: ran
        - copy: {dest: DIR/looked, content: "{{ lookup('file', 'key') }}"}
        - copy: {dest: DIR/unvaulted, content: "{{ lookup('unvault', 'key') }}"}
        - copy: {dest: DIR/rendered, content: "{{ lookup('template', 'key.j2') }}"}
        - copy: {dest: DIR/ini, content: "{{ lookup('ini', 'pw', file='key.ini', section='a') }}"}
        - copy: {dest: DIR/csv, content: "{{ lookup('csvfile', 'pw', file='key.csv', delimiter=',') }}"}
        - copy: {dest: DIR/lines, content: "{{ (lookup('file', 'key') | split('='))[1] | upper }}"}
        - template: {src: outer.j2, dest: DIR/outer}
        - template: {src: macros.j2, dest: DIR/macros}
        - debug: {msg: "{{ lookup('file', 'key') }}"}
        - debug: {msg: "{{ item }}"}
          with_file: [key]
        - debug: {msg: "{{ lookup('file', 'key') | from_json }}"}
          ignore_errors: true
        - fail: {msg: "{{ lookup('template', 'key.j2') }}"}
          ignore_errors: true

      """, mode: mode, wanted: ["[secret]", "app/key"],
      files: [
        "files/app.tar": try sealed(String(decoding: archive, as: UTF8.self)),
        "files/key": try sealed("key=\(Self.canary)\n"),
        "templates/key.j2": try sealed("key={{ 1 }}\(Self.canary)\n"),
        "templates/outer.j2": "a\n{% include 'key.j2' %}\nb\n",
        "templates/macros.j2": "{% import 'lib.j2' as lib %}{{ lib.key() }}",
        "templates/lib.j2": try sealed("{% macro key() %}\(Self.canary){% endmacro %}"),
        "files/parts/1": "plain\n", "files/parts/2": try sealed("key=\(Self.canary)\n"),
        "files/run.sh": try sealed("#!/bin/sh\n: \(Self.canary)\n"),
        "files/key.ini": try sealed("[a]\npw = \(Self.canary)\n"),
        "files/key.csv": try sealed("pw,\(Self.canary)\n"),
      ], scratch: scratch)
    guard mode == .apply else { return }
    #expect(scratch.text("out/app/key") == "key=\(Self.canary)\n")
    #expect(scratch.text("assembled") == "plain\nkey=\(Self.canary)\n")
    #expect(scratch.text("ini") == Self.canary)
    #expect(scratch.text("csv") == Self.canary)
    #expect(scratch.text("outer") == "a\nkey=1\(Self.canary)b\n")
    #expect(scratch.text("macros") == Self.canary)
  }

  /// An archive of one file (POSIX.1-2017, pax, "ustar interchange format").
  private static func tar(name: String, _ content: [UInt8]) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      header.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
    }
    func octal(_ number: Int, _ digits: Int) -> String {
      let text = String(number, radix: 8)
      return String(repeating: "0", count: digits - text.count) + text
    }
    put(name, at: 0)
    put("0000644\0" + "0000000\0" + "0000000\0", at: 100)
    put(octal(content.count, 11) + "\0" + "00000000000\0", at: 124)
    put("        0", at: 148)
    put("ustar\0" + "00", at: 257)
    put(octal(header.reduce(0) { $0 + Int($1) }, 6) + "\0 ", at: 148)
    let rest = (512 - content.count % 512) % 512
    return header + content + [UInt8](repeating: 0, count: rest + 1024)
  }
}
