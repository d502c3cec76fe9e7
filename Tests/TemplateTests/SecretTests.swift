import Schema
import Template
import Testing

/// Whatever is computed from a secret is a secret.
struct SecretTests {
  private let variables: ValueMap = [
    "pw": .secret("hunter2"), "open": .string("open"), "derived": .string("p={{ pw }}"),
    "login": .dict(["user": .string("u"), "password": .secret("hunter2")]),
    "list": .list([.string("a"), .secret("hunter2")]),
  ]

  @Test(arguments: [
    "{{ pw }}", "x{{ pw }}y", "{{ pw ~ 'x' }}", "{{ 'x' + pw }}", "{{ pw | upper }}",
    "{{ pw | b64encode }}", "{{ pw | hash('sha256') }}", "{{ pw[0] }}", "{{ pw[1:3] }}",
    "{{ pw.upper() }}", "{{ 'a%s' % pw }}", "{{ 'a{}'.format(pw) }}", "{{ pw * 2 }}",
    "{{ derived }}", "{{ derived | upper }}", "{{ login.password }}", "{{ login | to_json }}",
    "{{ login }}", "{{ list | join(',') }}", "{{ list | map('upper') | list }}", "{{ [pw] }}",
    "{% set x %}{{ pw }}{% endset %}{{ x }}", "{% for c in [pw] %}{{ c }}-{% endfor %}",
    "{% macro m(x) %}<{{ x }}>{% endmacro %}{{ m(pw) }}", "{{ login | dict2items }}",
    "{{ pw | regex_replace('h', 'H') }}", "{{ {'a': pw} | to_nice_yaml }}",
    "{{ {'a': pw} | combine({'b': 1}) }}",
  ])
  func `the mark goes on`(source: String) throws {
    #expect(try render(source, variables).deepMarks.contains(.secret), "\(source)")
  }

  @Test(arguments: [
    "{{ open }}", "{{ login.user }}", "{{ list[0] }}", "{{ open | upper }}", "{{ login.keys() }}",
    "{{ pw | length }}{{ open }}", "{{ 'x' if pw else 'y' }}",
  ])
  func `what was not computed from a secret is none`(source: String) throws {
    #expect(!(try render(source, variables).deepMarks.contains(.secret)), "\(source)")
  }

  @Test func `a template that is a secret itself gives a secret`() throws {
    let source = Value.text(Text("{{ open }}!", marks: [.template, .secret]))
    let value = try Renderer(variables: variables).render(source)
    #expect(value == .string("open!"))
    #expect(value.deepMarks == .secret)
  }
}
