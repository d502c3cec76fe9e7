import Schema
import Template
import Testing

/// Errors say what, where, and what may have been meant.
struct ErrorTests {
  struct Row: Sendable {
    var source: String
    var kind: TemplateError.Kind
    var line: Int
    var offset: Int
    var length: Int
  }

  @Test(arguments: [
    Row(source: "a\nb {{ nope }}", kind: .undefined, line: 2, offset: 7, length: 4),
    Row(source: "{{ x.y }}", kind: .undefined, line: 1, offset: 3, length: 3),
    Row(source: "{{ 'é' }}\n{{ 1 / 0 }}", kind: .zeroDivision, line: 2, offset: 14, length: 5),
    Row(source: "{{ 1 + 'a' }}", kind: .type, line: 1, offset: 3, length: 7),
    Row(source: "{{ x | nofilter }}", kind: .unknownPlugin, line: 1, offset: 7, length: 8),
    Row(source: "{{ 1 is notest }}", kind: .unknownPlugin, line: 1, offset: 8, length: 6),
    Row(source: "{{ 'x' | from_json }}", kind: .plugin, line: 1, offset: 9, length: 9),
    Row(source: "{{ 1 1 }}", kind: .syntax, line: 1, offset: 5, length: 1),
    Row(source: "{% if x %}\n\n{% for %}", kind: .syntax, line: 3, offset: 19, length: 2),
    Row(source: "\n{{ 'a }}", kind: .syntax, line: 2, offset: 4, length: 1),
    Row(source: "\r\n\r\n{{ nope }}", kind: .undefined, line: 3, offset: 7, length: 4),
    Row(source: "{% include 'x.j2' %}", kind: .templateNotFound, line: 1, offset: 11, length: 6),
    Row(
      source: "{% macro m() %}\n{{ nope }}\n{% endmacro %}{{ m() }}", kind: .undefined, line: 2,
      offset: 19, length: 4),
    Row(source: "{{ range(3) }}", kind: .unsupportedType, line: 1, offset: 3, length: 8),
  ])
  func `an error is at its place`(row: Row) throws {
    let error = try #require(failure(row.source, ["x": .int(1)]))
    #expect(error.kind == row.kind)
    #expect(error.line == row.line)
    #expect(error.offset == row.offset)
    #expect(error.length == row.length)
    #expect(error.frames.isEmpty)
  }

  @Test func `an error inside the value of a variable names both places`() throws {
    let variables: ValueMap = ["a": .string("one\n{{ b.c }}"), "b": .dict([:])]
    let error = try #require(failure("xx {{ a }}", variables))
    #expect(error.kind == .undefined)
    #expect((error.line, error.offset) == (1, 6))
    #expect(error.frames == [TemplateError.Frame(text: "one\n{{ b.c }}", line: 2, offset: 7)])
  }

  @Test(arguments: [
    ("{{ hosname }}", "hostname"), ("{{ m.adress }}", "address"),
    ("{{ 1 | defualt(2) }}", "default"),
    ("{{ 1 is definde }}", "defined"), ("{% fro i in [] %}{% endfor %}", "for"),
    ("{{ lookup('enw', 'x') }}", "env"),
  ])
  func `near misses are suggested`(source: String, expected: String) throws {
    let variables: ValueMap = [
      "hostname": .string("h"), "m": .dict(["address": .string("a"), "port": .int(1)]),
    ]
    #expect(try #require(failure(source, variables)).suggestions == [expected])
  }

  @Test func `an error in an included file names the file`() throws {
    struct Files: TemplateResources {
      func template(named name: String) -> TemplateText? {
        name == "inc.j2" ? TemplateText("ok\n{{ nope }}", name: "templates/inc.j2") : nil
      }
      func file(_ path: String) throws(TemplateError) -> FileContent { FileContent([]) }
      func environment(_ name: String) -> String? { nil }
      func glob(_ pattern: String) -> [String] { [] }
      func lookup(
        _ name: String, terms: [Value], options: ValueMap
      ) throws(TemplateError) -> Value? { nil }
    }
    let template = try CompiledTemplate.compile("\n\n{% include 'inc.j2' %}", syntax: .file)
    let renderer = Renderer(variables: ValueMap(), resources: Files())
    let error = #expect(throws: TemplateError.self) { try renderer.render(template) }
    #expect(error?.template == "templates/inc.j2")
    #expect(error?.line == 2)
  }

  @Test(arguments: ["", "  ", "1", "'x'", "[1]", "none", "x"])
  func `a condition must be a boolean`(source: String) {
    let error = #expect(throws: TemplateError.self) { try condition(source, ["x": .string("yes")]) }
    #expect(error?.kind == .notBoolean)
  }

  @Test func `deep nesting is refused, not a crash`() {
    let source = "{{ " + String(repeating: "(", count: 5000) + "1"
    #expect(failure(source)?.kind == .syntax)
    #expect(failure("{{ " + String(repeating: "not ", count: 5000) + "1 }}")?.kind == .syntax)
    #expect(failure("{{ " + String(repeating: "-", count: 5000) + "1 }}")?.kind == .syntax)
  }

  @Test func `plugins in branches that are never reached do no harm`() throws {
    #expect(try render("{% if false %}{{ 1 | nofilter }}{% endif %}x") == .string("x"))
    #expect(failure("{% if true %}{{ 1 | nofilter }}{% endif %}")?.kind == .unknownPlugin)
  }
}
