import Schema
import Template
import Testing

/// Only what an author wrote is rendered.
struct TrustTests {
  @Test func `data with braces is never rendered`() throws {
    let data: ValueMap = ["fact": .string("{{ 1 + 1 }}"), "list": .list([.string("{{ 2 }}")])]
    let renderer = Renderer(variables: data)
    for (source, expected) in [
      ("{{ fact }}", Value.string("{{ 1 + 1 }}")), ("x{{ fact }}", .string("x{{ 1 + 1 }}")),
      ("{{ list }}", .list([.string("{{ 2 }}")])), ("{{ list[0] }}", .string("{{ 2 }}")),
    ] {
      #expect(try renderer.render(.text(Text(source, marks: .template))) == expected)
    }
  }

  @Test func `a text without the mark passes through`() throws {
    #expect(try renderer([:]).render(.string("{{ nope }}")) == .string("{{ nope }}"))
  }

  @Test func `results carry no template mark`() throws {
    let value = try render("{{ '{{ x }}' }}")
    #expect(value == .string("{{ x }}"))
    #expect(value.deepMarks.isEmpty)
  }

  @Test func `variables are rendered when they are used, and only those used`() throws {
    let variables: ValueMap = [
      "a": .string("{{ b }}"), "b": .string("{{ c + 1 }}"), "c": .int(6),
      "map": .dict(["good": .string("{{ b }}"), "bad": .string("{{ nope }}")]),
    ]
    #expect(try render("{{ a }}", variables) == .int(7))
    #expect(try render("{{ map.good }}", variables) == .int(7))
    #expect(try render("{{ map.bad | default('d') }}", variables) == .string("d"))
    #expect(failure("{{ map }}", variables)?.kind == .undefined)
  }

  @Test(arguments: ["{{ a }}", "{{ b.x }}", "{{ c }}"])
  func `a variable that needs itself is an error`(source: String) {
    let variables: ValueMap = [
      "a": .string("{{ a }}"), "b": .dict(["x": .string("{{ b.x }}")]), "c": .string("x{{ d }}"),
      "d": .string("{{ c }}y"),
    ]
    #expect(failure(source, variables)?.kind == .recursion)
  }

  @Test func `macros that call themselves end in an error`() {
    let source = "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"
    #expect(failure(source)?.kind == .recursion)
  }

  @Test func `what is omitted is left out`() throws {
    let source = Value.dict([
      "mode": .text(Text("{{ nope | default(omit) }}", marks: .template)),
      "path": .string("/x"),
      "list": .list([.text(Text("{{ omit }}", marks: .template)), .int(1)]),
    ])
    let expected: ValueMap = ["path": .string("/x"), "list": .list([.int(1)])]
    #expect(try renderer([:]).render(source) == .dict(expected))
    #expect(try renderer([:]).renderArguments(source.dict ?? [:]) == expected)
    #expect(failure("{{ omit }}")?.kind == .omitted)
  }

  @Test(arguments: ["{{ 'a'.__class__ }}", "{{ [].__len__() }}", "{{ {}.__dict__ }}"])
  func `there is no way to the inside of objects`(source: String) {
    #expect(failure(source)?.kind == .undefined)
  }
}

/// The variables of hosts, each rendered over its own.
struct HostScopeTests {
  private struct Hosts: VariableScopes {
    let hosts: [String: ValueMap]
    var keys: [String] { hosts.keys.sorted() }
    func variables(under key: String) -> (any Variables)? {
      hosts[key].map { Host(variables: $0, hosts: self) }
    }
  }

  private struct Host: Variables {
    let variables: ValueMap
    let hosts: Hosts
    var names: [String] { variables.keys.compactMap(\.string) }
    func value(named name: String) throws(TemplateError) -> Value? { variables[name] }
    func scopes(named name: String) -> (any VariableScopes)? { name == "hostvars" ? hosts : nil }
  }

  private func renderer() -> Renderer {
    func template(_ source: String) -> Value { .text(Text(source, marks: .template)) }
    let hosts = Hosts(hosts: [
      "h1": [
        "ip": .string("10.0.0.1"), "url": template("http://{{ ip }}"),
        "bad": template("{{ nope }}"),
        "loop": template("{{ hostvars.h2.loop }}"), "self": template("{{ hostvars['h1'].self }}"),
      ],
      "h2": ["ip": .string("10.0.0.2"), "loop": template("{{ hostvars.h1.loop }}")],
    ])
    return Renderer(variables: Host(variables: ["ip": .string("10.0.0.9")], hosts: hosts))
  }

  @Test func `a template of a host reads that host's variables`() throws {
    #expect(try renderer().expression("hostvars.h1.url ~ ip") == .string("http://10.0.0.110.0.0.9"))
    #expect(try renderer().expression("hostvars | length") == .int(2))
    #expect(try renderer().expression("hostvars.h1.bad | default('d')") == .string("d"))
    #expect(try renderer().expression("hostvars.h3 is defined") == .bool(false))
  }

  @Test(arguments: ["hostvars.h1.loop", "hostvars.h1.self"])
  func `hosts that need each other's value are an error`(source: String) {
    let error = #expect(throws: TemplateError.self) { try renderer().expression(source) }
    #expect(error?.kind == .recursion)
  }
}
