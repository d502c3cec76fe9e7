import ModuleKit
import Modules
import Schema
import Testing

/// Alternatives, locales and switches of SELinux, by captured replies.
@Suite struct SwitchTests {
  private func observed<F: Fact>(_ kind: F.Type, _ name: String, _ output: String) -> FactView {
    var view = FactView()
    let request = FactRequest(kind, name)
    let reply = ProbeReply(status: 0, output: Array(output.utf8))
    view[request.key] = F.parse(reply, for: [request])[name].map { Observation($0) }
    return view
  }

  private static let query = """
    Name: editor
    Link: /usr/bin/editor
    Slaves:
     editor.1.gz /usr/share/man/man1/editor.1.gz
    Status: auto
    Best: /usr/bin/vim.basic
    Value: /usr/bin/vim.basic

    Alternative: /bin/nano
    Priority: 40
    Slaves:
     editor.1.gz /usr/share/man/man1/nano.1.gz

    Alternative: /usr/bin/vim.basic
    Priority: 50

    """
  private static let display = """
    editor - status is manual.
     link currently points to /bin/nano
    /bin/nano - priority 40
    /usr/bin/vim.basic - priority 50
     slave x: /y
    Current `best' version is /usr/bin/vim.basic.

    """

  @Test(arguments: [
    (query, "path: /usr/bin/vim.basic", []), (query, "path: /bin/nano", ["--set editor /bin/nano"]),
    (query, "path: /bin/nano\nstate: present", []),
    (query, "path: /bin/nano\npriority: 60", ["--install /usr/bin/editor editor /bin/nano 60"]),
    (query, "path: /bin/ed\nstate: present", ["--install /usr/bin/editor editor /bin/ed 50"]),
    (query, "path: /bin/nano\nstate: absent", ["--remove editor /bin/nano"]),
    (query, "state: auto", []), (display, "state: auto", ["--auto editor"]),
    (display, "path: /bin/nano", []),
    (display, "path: /usr/bin/vim.basic", ["--set editor /usr/bin/vim.basic"]),
    ("", "path: /bin/a\nlink: /usr/bin/editor", ["--install /usr/bin/editor editor /bin/a 50"]),
  ])
  func `what a common name stands for`(_ reply: String, _ yaml: String, _ calls: [String]) throws {
    let wish = try module(Registry.all.module(named: "alternatives"), "name: editor\n\(yaml)")
    let view = observed(AlternativesFact.self, "editor", "editor\0\(reply)\0")
    let changes = try wish.changes(from: view)
    #expect(
      changes.flatMap(\.steps).map(\.script.source) == calls.map { "update-alternatives \($0)" })
    #expect(try wish.changes(from: view.predicting(changes.flatMap(\.predicts))).isEmpty)
  }

  @Test(arguments: ["path: /bin/a", "state: auto"])
  func `a new name needs its link`(yaml: String) throws {
    let wish = try module(Registry.all.module(named: "alternatives"), "name: editor\n\(yaml)")
    let view = observed(AlternativesFact.self, "editor", "editor\0\0")
    #expect(throws: (any Error).self) { try wish.changes(from: view) }
  }

  @Test(arguments: [
    ("a --> on\n", "on", false, 0), ("a --> off\n", "on", false, 1),
    ("a --> on\na (on , off) text\n", "on", true, 1),
    ("a --> on\na (on , on) text\n", "on", true, 0),
    ("a --> on\na (on , off) text\n", "on", false, 0), ("a --> on\n", "on", true, 0),
  ])
  func `switches now and later`(_ output: String, _ state: String, _ stays: Bool, _ count: Int)
    throws
  {
    let wish = try module(
      Registry.all.module(named: "seboolean"), "name: a\nstate: \(state)\npersistent: \(stays)")
    let changes = try wish.changes(from: observed(SebooleanFact.self, "a", output))
    #expect(changes.count == count)
    if count > 0 {
      #expect(changes[0].steps[0].script.source == "setsebool \(stays ? "-P" : "") a on")
    }
  }

  @Test func `a host without SELinux says so`() throws {
    let request = FactRequest(SebooleanFact.self, "a")
    let reply = ProbeReply(
      status: 1, output: [], errors: Array("SELinux is off on the host\n".utf8))
    #expect(
      SebooleanFact.parse(reply, for: [request])["a"] == .unreadable("SELinux is off on the host"))
  }

  private func locales(_ names: String, _ file: String) -> FactView {
    var view = observed(LocalesFact.self, "", names)
    let path = "/etc/locale.gen"
    view[FactKey(ContentFact.self, path)] = Observation(
      .present(ContentFact(Blob(Array(file.utf8)))))
    view[FactKey(FileFact.self, path)] = Observation(
      .present(FileFact(.regular, mode: FileMode(bits: 0o644), owner: .root, group: .root, size: 9))
    )
    view[FactKey(FileFact.self, "/etc")] = Observation(
      .present(FileFact(.directory, mode: FileMode(bits: 0o755), owner: .root, group: .root)))
    return view
  }

  @Test(arguments: [
    ("C\nde_DE.utf8\n", "present", nil),
    ("C\n", "present", "# fr_FR.UTF-8 UTF-8\nde_DE.UTF-8 UTF-8\n"),
    ("C\n", "absent", nil),
    ("de_DE.utf8\n", "absent", "# fr_FR.UTF-8 UTF-8\n# de_DE.UTF-8 UTF-8\n"),
  ])
  func `locales and their lines`(_ names: String, _ state: String, _ file: String?) throws {
    let wish = try module(
      Registry.all.module(named: "locale_gen"), "name: de_DE.UTF-8\nstate: \(state)")
    let before = "# fr_FR.UTF-8 UTF-8\n\(state == "absent" ? "" : "# ")de_DE.UTF-8 UTF-8\n"
    let steps = try wish.changes(from: locales(names, before)).flatMap(\.steps)
    #expect(steps.first?.input.map { String(decoding: $0.bytes, as: UTF8.self) } == file)
    #expect(steps.last?.label == (file == nil ? nil : "locale-gen"))
  }
}
