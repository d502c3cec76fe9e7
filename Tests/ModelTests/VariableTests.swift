import Diagnostics
import Schema
import Template
import Testing

@testable import Model

@Suite struct VariableTests {
  /// One place for every level, weakest first; each sets `x` to its own name.
  private func view(upTo level: VariableLevel) throws -> HostVariables {
    func value(_ other: VariableLevel) -> [String: Variable] {
      other <= level ? ["x": Variable(.string("\(other)"), Origin(other))] : [:]
    }
    func layers(_ levels: [VariableLevel]) -> [VariableLayer] {
      levels.map { VariableLayer($0, value($0)) }
    }
    let all = Group(
      name: "all", hosts: ["h"], children: ["g"], depth: 0,
      layers: layers([.inventoryGroupVarsAll, .playbookGroupVarsAll]))
    let group = Group(
      name: "g", hosts: ["h"], parents: ["all"], depth: 1,
      layers: layers([.inventoryFileGroup, .inventoryGroupVars, .playbookGroupVars]))
    let host = Host(
      name: "h", directGroups: ["g"], groups: ["all", "g"],
      layers: layers([.inventoryFileHost, .inventoryHostVars, .playbookHostVars]))
    var settings = RunSettings()
    settings.commandLine = ["x": .string("commandLine")]
    let store = VariableStore(
      inventory: Inventory(hosts: [host], groups: [all, group]), extraVariables: value(.extraVars),
      settings: settings)
    if level >= .hostFacts { store.setFacts(["ansible_x": .null], on: host) }
    if level >= .includeVars { store.include(value(.includeVars), on: host) }
    if level >= .setFact { store.set("x", to: .string("setFact"), on: host) }
    // From the outside in, and deliberately not by strength.
    var scope: VariableScope?
    for other in [
      VariableLevel.roleDefaults, .playVars, .playPrompt, .playVarsFiles, .roleVars,
      .includeParameters, .roleParameters, .blockVars, .taskVars,
    ] {
      scope = VariableScope(other, value(other), in: scope)
    }
    return store.variables(for: host, scope: scope)
  }

  @Test(arguments: VariableLevel.allCases.filter { $0 <= .extraVars && $0 != .hostFacts })
  func `of all levels up to one that one wins`(level: VariableLevel) throws {
    let view = try view(upTo: level)
    #expect(try view.value(named: "x") == .string("\(level)"))
    let explained = view.explain("x").map(\.origin.level)
    let expected = VariableLevel.allCases.filter { $0 <= level && $0 != .hostFacts }
    #expect(explained == expected.reversed())
  }

  @Test func `there are Ansible's 22 levels and two of our own`() {
    #expect(VariableLevel.extraVars.rawValue == 22)
    #expect(VariableLevel.allCases.count == 24)
  }

  @Test func `of equal levels the inner one wins`() {
    let outer = VariableScope(.blockVars, ["x": Variable(.int(1), Origin(.blockVars))])
    let inner = VariableScope(.blockVars, ["x": Variable(.int(2), Origin(.blockVars))], in: outer)
    #expect(inner.variable(named: "x", in: .blockVars ... .blockVars)?.value == .int(2))
  }

  @Test func `facts are known under both of their names, and yield to play vars`() throws {
    let inventory = inventory("all: {hosts: {h: {ansible_os: inventory}}}")
    let store = VariableStore(inventory: inventory)
    let host = try #require(inventory.host(named: "h"))
    store.setFacts(["os": .string("debian"), "ansible_kernel": .string("6")], on: host)
    let view = store.variables(for: host)
    #expect(try view.value(named: "ansible_os") == .string("debian"))
    #expect(try view.value(named: "ansible_kernel") == .string("6"))
    #expect(try view.value(named: "ansible_facts")?["os"] == .string("debian"))
    let scope = VariableScope(.playVars, ["ansible_os": Variable(.int(1), Origin(.playVars))])
    #expect(try store.variables(for: host, scope: scope).value(named: "ansible_os") == .int(1))
  }

  @Test(arguments: [
    ("inventory_hostname", "web1.example.com"), ("inventory_hostname_short", "web1"),
    ("group_names", "a b"), ("playbook_dir", "pb"), ("ansible_check_mode", "True"),
    ("groups", "web1.example.com db"), ("play_hosts", "web1.example.com"),
    ("ansible_play_hosts", "web1.example.com db"),
    ("ansible_play_hosts_all", "web1.example.com x db"),
  ])
  func `magic names have their values and cannot be overridden`(name: String, value: String) throws
  {
    let inventory = inventory(
      "b: {hosts: {web1.example.com: }}\na: {hosts: {web1.example.com: , db: }}")
    var settings = RunSettings()
    settings.playbookFolder = "pb"
    settings.isCheckMode = true
    let extra = [name: Variable(.string("no"), Origin(.extraVars))]
    let store = VariableStore(inventory: inventory, extraVariables: extra, settings: settings)
    let play = try #require(load("- hosts: all\n").0?.plays.first)
    store.setHosts(of: play, batches: [["web1.example.com", "x"], ["db"]])
    store.removeHost("x", from: play)
    let host = try #require(inventory.host(named: "web1.example.com"))
    let found = try #require(try store.variables(for: host, play: play).value(named: name))
    let list = name == "groups" ? found["all"]?.list : found.list
    let shown =
      list?.compactMap(\.string).joined(separator: " ") ?? Argument(found, path: "").sourceText
    #expect(shown == value)
  }

  @Test func `hostvars are rendered for their own host`() throws {
    let inventory = inventory(
      """
      all:
        hosts: {a: {n: 1, broken: "{{ nowhere }}", again: "{{ hostvars.a.again }}"}, b: {n: 2}}
        vars: {twice: "{{ n * 2 }}", other: "{{ hostvars['b'].twice }}"}
      """)
    let store = VariableStore(inventory: inventory)
    let host = try #require(inventory.host(named: "a"))
    func render(_ text: String) throws -> Value {
      let renderer = Renderer(variables: store.variables(for: host))
      return try renderer.render(.text(Text(text, marks: .template)))
    }
    #expect(try render("{{ hostvars['b'].twice }} {{ hostvars.a.twice }}") == .string("4 2"))
    #expect(try render("{{ hostvars.a.other }}") == .int(4))
    #expect(try render("{{ hostvars['b'].inventory_hostname }}") == .string("b"))
    #expect(
      try render("{{ groups.all | map('extract', hostvars, 'n') | list }}")
        == .list([.int(1), .int(2)]))
    #expect(throws: TemplateError.self) { try render("{{ hostvars['a'].broken }}") }
    #expect(try render("{{ hostvars['b'].late | default('no') }}") == .string("no"))
    #expect(
      try render("{{ hostvars | length }} {{ hostvars.keys() | list | first }}") == .string("2 a"))
    #expect(try render("{{ 'b' in hostvars and 'z' not in hostvars }}") == .bool(true))
    #expect(try render("{% for h in hostvars %}{{ hostvars[h].n }}{% endfor %}") == .string("12"))
    #expect(throws: TemplateError.self) { try render("{{ hostvars.a.again }}") }
    store.set("late", to: .string("yes"), on: try #require(inventory.host(named: "b")))
    #expect(try render("{{ hostvars['b'].late }}") == .string("yes"))
  }

  @Test(arguments: [
    ("a=1 b='x y'", ["a": Value.string("1"), "b": .string("x y")]),
    ("{\"a\": 1, \"b\": [true]}", ["a": .int(1), "b": .list([.bool(true)])]),
    ("{a: yes}", ["a": .bool(true)]),
    ("@vars.yml", ["a": .int(420)]),
  ])
  func `extra variables are read in every form`(text: String, expected: [String: Value]) {
    var bag = DiagnosticBag()
    let found = ExtraVariables.parse([text], disk: .memory(["vars.yml": "a: 0644\n"]), into: &bag)
    #expect(!bag.hasErrors)
    #expect(found.mapValues(\.value) == expected)
  }

  @Test(arguments: [
    ("word", "warning extra-vars: `-e word` sets no variable"),
    (
      "@gone.yml",
      "file-not-found: the file of variables `gone.yml` cannot be read: No such file or directory"
    ),
    ("[1]", "<extra vars>:1:1 extra-vars: extra variables are a mapping, found a list"),
  ])
  func `extra variables that are none are reported`(text: String, expected: String) {
    var bag = DiagnosticBag()
    _ = ExtraVariables.parse([text], disk: .memory([:]), into: &bag)
    #expect(bag.all.map(line) == [expected])
  }

  @Test(arguments: [
    ("web", ["a", "b"]), ("@limit.txt", ["b", "c"]), ("all:!b", ["a", "c"]),
    ("a,c", ["a", "c"]),
  ])
  func `a limit narrows the hosts of a play`(text: String, names: [String]) throws {
    let inventory = inventory("web: {hosts: {a: , b: }}\nx: {hosts: {c: }}")
    let limit = try Limit(text, disk: .memory(["limit.txt": "# failed\nb\nc\n"]))
    #expect(limit.hosts(of: inventory.hosts, in: inventory).map(\.name) == names)
    #expect(limit.check(in: inventory).isEmpty)
  }

  @Test func `a limit that matches nothing is an error`() throws {
    let inventory = inventory("web: {hosts: {a: }}")
    let found = try Limit("wbe", disk: .memory([:])).check(in: inventory)
    #expect(found.map(line) == ["limit-matches-nothing: `--limit wbe` matches no host"])
    #expect(found.first?.help == "did you mean `web`?")
  }

  @Test(arguments: [
    ("a,wbe", ["limit-matches-nothing: `wbe` of `--limit` matches no host"]),
    ("all:!b", ["limit-matches-nothing: `b` of `--limit` matches no host"]),
    ("@gone.txt", ["warning limit-matches-nothing: `b` of `--limit` matches no host"]),
    ("@empty.txt", ["limit-matches-nothing: `--limit` names no host"]),
    ("~a|b", []), ("web[0]", []),
  ])
  func `a name that matches no host is an error, one of a file a warning`(
    text: String, expected: [String]
  ) throws {
    let inventory = inventory("web: {hosts: {a: }}")
    let disk = ControllerDisk.memory(["gone.txt": "a\nb\n", "empty.txt": "\n# none\n"])
    #expect(try Limit(text, disk: disk).check(in: inventory).map(line) == expected)
  }

  @Test func `lanes of many hosts write and read at once`() async throws {
    let inventory = inventory("all: {hosts: {\"h[1:50]\": {v: 1}}}")
    let store = VariableStore(inventory: inventory)
    await withTaskGroup(of: Void.self) { group in
      for host in inventory.hosts {
        group.addTask {
          for number in 0..<50 {
            store.set("n", to: .int(number), on: host)
            _ = try? store.variables(for: inventory.hosts[number]).value(named: "n")
          }
        }
      }
    }
    #expect(
      try inventory.hosts.allSatisfy { try store.variables(for: $0).value(named: "n") == .int(49) })
  }
}
