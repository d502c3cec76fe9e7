import Schema
import Template
import Testing

/// What a template reads, found without rendering it.
struct ReferenceTests {
  private func references(
    _ source: String, _ syntax: TemplateSyntax = .value
  ) throws -> [Reference] {
    try CompiledTemplate.compile(source, syntax: syntax).references
  }

  @Test(arguments: [
    ("{{ a }}", ["a"]), ("{{ a.b['c'][0].d }}", ["a.b.c.0.d"]), ("{{ a[b].c }}", ["a", "b"]),
    ("{{ hostvars['h1'].ip }}", ["hostvars.h1.ip"]), ("{{ x | default(y) }}", ["x?", "y"]),
    ("{{ x is defined and x.z }}", ["x?", "x.z?"]), ("{{ x is not defined or x }}", ["x?", "x?"]),
    ("{{ x if x is defined else y }}", ["x?", "x?", "y"]), ("{{ lookup('env', n) }}", ["n"]),
    ("{% for i in l %}{{ i.a }}{{ loop.index }}{{ o }}{% endfor %}{{ i }}", ["l", "o", "i"]),
    ("{% set s = v %}{{ s }}", ["v"]),
    ("{% macro m(p, q=d) %}{{ p ~ q ~ g }}{% endmacro %}{{ m(1) }}", ["d", "g"]),
    ("{% with w = e %}{{ w }}{% endwith %}{{ w }}", ["e", "w"]),
    ("{% if x is defined %}{{ x }}{% else %}{{ x }}{% endif %}", ["x?", "x?", "x"]),
    ("{{ a.b is defined }}", ["a.b?"]), ("{{ f(k, v=w) }}", ["f", "k", "w"]),
    ("plain", []), ("{{ range(3) | list }}", []), ("{{ groups[g][0] }}", ["groups", "g"]),
    ("{{ lookup('file', '{{ dir }}/x') }}", ["dir"]),
  ])
  func `free names are found with their paths`(source: String, expected: [String]) throws {
    let found = try references(source).map { reference in
      let path = reference.path.map { segment in
        switch segment {
        case .key(let key): key
        case .index(let index): String(index)
        }
      }
      return ([reference.name] + path).joined(separator: ".") + (reference.isGuarded ? "?" : "")
    }
    #expect(found == expected, "\(source)")
  }

  @Test func `offsets are those of the text`() throws {
    #expect(try references("é {{ a }}{{ b }}").map(\.offset) == [6, 13])
    #expect(try references("x == 1 and not y", .condition).map(\.offset) == [0, 15])
  }
}
