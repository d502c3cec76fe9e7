import Schema
import Template
import Testing

/// What tags do to the white space around them.
struct WhitespaceTests {
  struct Row: Sendable {
    var source: String
    var trim = false
    var lstrip = false
    var keep = false
    var expected: String
  }

  @Test(arguments: [
    Row(source: "a\n{% if true %}\nb\n{% endif %}\nc\n", expected: "a\n\nb\n\nc"),
    Row(source: "a\n{% if true %}\nb\n{% endif %}\nc\n", trim: true, expected: "a\nb\nc"),
    Row(
      source: "a\n  {% if true %}\nb\n  {% endif %}\nc", trim: true, lstrip: true,
      expected: "a\nb\nc"),
    Row(source: "a\n  {%+ if true %}b{% endif %}", lstrip: true, expected: "a\n  b"),
    Row(source: "a  {%- if true -%}  b  {%- endif -%}  c", expected: "abc"),
    Row(source: "{{ 1 -}}  \n  x", expected: "1x"),
    Row(source: "  {{ 1 }}", lstrip: true, expected: "  1"),
    Row(source: "{# c #}\nx", trim: true, expected: "x"),
    Row(source: "{# c +#}\nx", trim: true, expected: "\nx"),
    Row(source: "  {# c #}\nx", trim: true, lstrip: true, expected: "x"),
    Row(source: "x\n", keep: true, expected: "x\n"), Row(source: "x\n\n", expected: "x\n"),
    Row(source: "{% raw %} {{ x }} {% endraw %}", expected: " {{ x }} "),
    Row(source: "{%- raw -%} {{ x }} {%- endraw -%} y", expected: "{{ x }}y"),
    Row(source: "a\r\nb\rc", expected: "a\nb\nc"),
  ])
  func `stock rules`(row: Row) throws {
    var options = TemplateOptions.jinja
    options.trimBlocks = row.trim
    options.lstripBlocks = row.lstrip
    options.keepTrailingNewline = row.keep
    let template = try CompiledTemplate.compile(row.source, syntax: .jinja, options: options)
    #expect(try renderer([:]).render(template) == .string(row.expected))
  }

  @Test func `line statements and comments`() throws {
    var options = TemplateOptions.jinja
    options.lineStatementPrefix = "#"
    options.lineCommentPrefix = "##"
    let source = "# for i in [1, 2]\n{{ i }} ## said\n# endfor\nend"
    let template = try CompiledTemplate.compile(source, syntax: .jinja, options: options)
    #expect(try renderer([:]).render(template) == .string("1\n2\nend"))
  }

  @Test func `a file can set its own delimiters`() throws {
    let source =
      "#jinja2: variable_start_string: '[%', variable_end_string: '%]'\n{{ [% 1 + 1 %] }}\n"
    let template = try CompiledTemplate.compile(source, syntax: .file)
    #expect(try renderer([:]).render(template) == .string("{{ 2 }}\n"))
  }

  @Test func `a value keeps its type, a file gives a text with its newlines`() throws {
    #expect(try render("{{ 5 }}") == .int(5))
    #expect(try render("{{ 5 }}\n") == .int(5))
    #expect(try render(" {{ 5 }}") == .string(" 5"))
    let template = try CompiledTemplate.compile("x={{ 5 }}\n\n", syntax: .file)
    #expect(try renderer([:]).render(template) == .string("x=5\n\n"))
  }

  @Test func `backslashes are literal in values and escapes in files`() throws {
    #expect(try render(#"{{ 'a\tb' }}"#) == .string(#"a\tb"#))
    #expect(try render(#"{% set x = 'a\tb' %}{{ x }}"#) == .string("a\tb"))
    let template = try CompiledTemplate.compile(#"{{ 'a\tb' }}"#, syntax: .file)
    #expect(try renderer([:]).render(template) == .string("a\tb"))
  }
}
