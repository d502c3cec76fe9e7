import Schema
import Template
import Testing

/// What is known only later stays unknown, unless what is known decides.
struct UnknownTests {
  private let later = Value.unknown(Unknown("the result of `a`"))
  private let other = Value.unknown(Unknown("the result of `b`"))

  private var variables: ValueMap {
    [
      "u": later, "w": other, "yes": .bool(true), "no": .bool(false), "n": .int(3),
      "list": .list([.int(1), later, .int(3)]), "map": .dict(["k": later, "m": .int(1)]),
    ]
  }

  @Test(arguments: [
    "{{ u }}", "{{ u.x.y }}", "{{ u['k'][0] }}", "{{ u + 1 }}", "{{ 1 - u }}", "{{ -u }}",
    "{{ u ~ 'x' }}", "{{ u == 1 }}", "{{ 1 < u < 3 }}", "{{ u | upper }}",
    "{{ 'a' | replace(u, 'b') }}",
    "{{ u | default('d') }}", "{{ u is defined }}", "{{ u is not string }}", "{{ u() }}",
    "{{ u.stdout.split('x') }}", "{{ u in [1] }}", "{{ 1 if u else 2 }}", "a{{ u }}b",
    "{% if u %}x{% endif %}", "{% for i in u %}x{% endfor %}", "{{ list | sum }}",
    "{{ list | join(',') }}", "{{ list | sort }}", "{{ map | to_json }}", "{{ u[1:] }}",
    "{{ 'a%s' % u }}", "{{ {u: 1} }}", "{{ range(u) }}", "{{ not u }}",
    "{{ list | select('eq', 1) }}",
    "{{ lookup('env', u) }}", "{{ u or false }}", "{{ true and u }}", "{{ u and nope }}",
    "{{ [1, u] == [1, 2] }}", "{{ 5 in list }}",
  ])
  func `an unknown operand makes the result unknown`(source: String) throws {
    #expect(try render(source, variables) == later, "\(source)")
  }

  @Test(arguments: [
    ("{{ u and no }}", Value.bool(false)), ("{{ no and u }}", .bool(false)),
    ("{{ u or yes }}", .bool(true)), ("{{ yes or u }}", .bool(true)),
    ("{{ 1 if yes else u }}", .int(1)), ("{{ list[0] }}", .int(1)),
    ("{{ list | first }}", .int(1)), ("{{ list | last }}", .int(3)),
    ("{{ list | length }}", .int(3)), ("{{ map.m }}", .int(1)),
    ("{{ map.keys() | list }}", .list([.string("k"), .string("m")])),
    ("{{ [2, u] == [1, 2] }}", .bool(false)), ("{{ 3 in list }}", .bool(true)),
    ("{{ yes | ternary('a', u) }}", .string("a")), ("{{ 7 | default(u) }}", .int(7)),
    ("{{ 1 < 0 < u }}", .bool(false)), ("{{ 'k' in map }}", .bool(true)),
  ])
  func `what is known decides where it can`(source: String, expected: Value) throws {
    #expect(try render(source, variables) == expected, "\(source)")
  }

  @Test(arguments: [
    ("{{ list + [4] }}", [Value.int(1), .unknown(Unknown("the result of `a`")), .int(3), .int(4)]),
    ("{{ list | reverse }}", [.int(3), .unknown(Unknown("the result of `a`")), .int(1)]),
    ("{{ list[1:] }}", [.unknown(Unknown("the result of `a`")), .int(3)]),
    ("{{ [u, n] }}", [.unknown(Unknown("the result of `a`")), .int(3)]),
  ])
  func `structure around unknown elements is kept`(source: String, expected: [Value]) throws {
    #expect(try render(source, variables) == .list(expected), "\(source)")
  }

  @Test func `reasons are merged without duplicates`() throws {
    #expect(
      try render("{{ u ~ w ~ u }}", variables)
        == .unknown(Unknown("the result of `a`").merging(Unknown("the result of `b`"))))
  }

  @Test func `conditions have three values`() throws {
    #expect(try condition("u.rc == 0", variables) == .unknown(Unknown("the result of `a`")))
    #expect(try condition("u.rc == 0 and no", variables) == .no)
    #expect(try condition("u.rc == 0 or yes", variables) == .yes)
    #expect(try condition("u is changed", variables) == .unknown(Unknown("the result of `a`")))
  }

  @Test func `an undefined name beside an unknown is still an error`() {
    #expect(failure("{{ nope + u }}", variables)?.kind == .undefined)
  }
}
