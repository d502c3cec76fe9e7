import Schema
import Template
import Testing

/// A secret goes through every filter, method and test there is: nothing of it comes out without a mark.
struct SecretCanaryTests {
  /// Secrets of the shapes that filters are made for.
  private static let secrets = [
    "hunter2canary", "73551904", "7355.19", "-7355190", "0x1f2e3d4c", "1.2.3-canary",
    "{\"user\": \"hunter2canary\", \"pin\": 73551904, \"list\": [\"hunter2canary\"]}",
    "user: hunter2canary\npin: 73551904\n", "hunter2=canary&a=73551904",
    "https://hunter2:canary@host.hunter2canary:7355/a/b?c=hunter2canary#d",
    "/hunter2canary/a.b", "C:\\hunter2canary\\a.b", "10.73.55.19/24", "fd73:5519::1/64",
    "02:73:55:19:04:0a", "aHVudGVyMmNhbmFyeQ==", "hunter2canary hunter2canary",
    "2026-11-21 12:00:00", "73 KiB", "hunter2,canary", "<b>hunter2canary</b>", "735519 MB",
  ]

  /// Other arguments, as filters and methods take them.
  private static let arguments = [
    "", "%s", "'a'", "1", "16", "'a', 'b'", "'(.+)', '\\\\1'", "'(.+)'", "'%Y'", "['a']",
    "{'a': 1}",
    "'upper'", "'int'", "'user'", "'sha256'", "attribute='user'", "'user', 'x'", "2, 'x'", "[1, 2]",
    "'1.2', '>'", "'network'", "'user', 'equalto', 'x'", "'md5', 8", "'crypt_saltsalt'",
  ]

  private static let subjects = [
    "%s", "[%s, 'b']", "{'user': %s, 'b': 'c'}", "{%s: 'c'}",
    "[{'user': %s, 'key': %s, 'value': 1}]",
    "[[%s, 1], ['c', 2]]",
  ]

  /// What is left of the secrets in a text, whatever the case.
  private static func remains(in text: String) -> Bool {
    let text = text.lowercased()
    return ["hunter2", "canary", "735519", "7355190"].contains { text.contains($0) }
  }

  /// The parts of a value that show something: texts, keys, and numbers beyond lengths and counts.
  private static func open(_ value: Value, keys: Bool) -> [Value] {
    switch value {
    case .text(let text):
      text.marks.contains(.secret) || text.string.isEmpty ? [] : [value]
    case .int(let int):
      int.magnitude < 1000 || value.deepMarks.contains(.secret) ? [] : [value]
    case .bigInt: value.deepMarks.contains(.secret) ? [] : [value]
    case .float(let float):
      float.rounded() == float && float.magnitude < 1000 || value.deepMarks.contains(.secret)
        ? [] : [value]
    case .list(let elements): elements.flatMap { open($0, keys: keys) }
    case .dict(let map):
      map.pairs.flatMap { (keys ? open($0.key, keys: keys) : []) + open($0.value, keys: keys) }
    case .null, .bool, .unknown: []
    }
  }

  /// Renders, and tells what came out in the open.
  private static func leaks(_ source: String, _ secret: String, keys: Bool = false) -> [String] {
    var variables = ValueMap()
    variables["secret"] = .secret(secret)
    do {
      let value = try Renderer(variables: variables, clock: 0, seed: 1)
        .render(.text(Text(source, marks: .template)))
      return open(value, keys: keys).map { "\(source) of \(secret) gives \($0)" }
    } catch {
      let said =
        ([error.message, error.hint ?? "", error.name ?? ""] + error.suggestions)
        + error.frames.map(\.text)
      let text = said.joined(separator: " ")
      return remains(in: text) ? ["\(source) of \(secret) says \(text)"] : []
    }
  }

  /// A filter with arguments; one that repeats its work to be slow is told to be quick, where that does not change its way.
  private static func call(_ name: String, _ arguments: String) -> String {
    let own = name == "password_hash" ? "rounds=1000" : ""
    let all = [filled(arguments), own].filter { !$0.isEmpty }.joined(separator: ", ")
    return all.isEmpty ? name : "\(name)(\(all))"
  }

  private static func filled(_ pattern: String) -> String {
    pattern.replacing("%s", with: "secret")
  }

  @Test(arguments: PluginNames.filters)
  func `no filter lets a secret out`(name: String) {
    var leaks: [String] = []
    for (index, arguments) in Self.arguments.enumerated() {
      let call = Self.call(name, arguments)
      for subject in Self.subjects where subject == "%s" || index < 8 {
        let isText = subject == "%s"
        // All secrets without arguments, the plainest with all arguments.
        for secret in Self.secrets.prefix(isText ? (arguments.isEmpty ? 100 : 2) : 1) {
          leaks += Self.leaks(
            "{{ \(Self.filled(subject)) | \(call) }}", secret, keys: isText)
        }
      }
      if arguments.contains("%s") {
        leaks += Self.leaks("{{ 'hunter' | \(call) }}", "hunter2canary")
      }
    }
    #expect(leaks.isEmpty, "\(leaks.prefix(5).joined(separator: "\n"))")
  }

  @Test(arguments: PluginNames.textMethods)
  func `no method of texts lets a secret out`(name: String) {
    var leaks: [String] = []
    for arguments in Self.arguments {
      for secret in Self.secrets.prefix(3) {
        leaks += Self.leaks("{{ secret.\(name)(\(Self.filled(arguments))) }}", secret, keys: true)
      }
    }
    leaks += Self.leaks("{{ '{}%s'.\(name)(secret) }}", "hunter2canary")
    leaks += Self.leaks("{{ ['a', 'b'].append(secret) }}", "hunter2canary")
    #expect(leaks.isEmpty, "\(leaks.prefix(5).joined(separator: "\n"))")
  }

  @Test(arguments: PluginNames.tests)
  func `no test says what it was given`(name: String) {
    var leaks: [String] = []
    for arguments in Self.arguments {
      let call = arguments.isEmpty ? name : "\(name)(\(Self.filled(arguments)))"
      for secret in Self.secrets.prefix(arguments.isEmpty ? 100 : 2) {
        leaks += Self.leaks("{{ secret is \(call) }}", secret)
      }
    }
    #expect(leaks.isEmpty, "\(leaks.prefix(5).joined(separator: "\n"))")
  }

  @Test(arguments: PluginNames.lookups)
  func `no lookup says what it was given`(name: String) {
    let leaks = Self.secrets.flatMap { secret in
      ["secret", "[secret]", "'x', secret", "{'a': secret}"].flatMap {
        Self.leaks("{{ lookup('\(name)', \($0)) }}", secret)
      }
    }
    #expect(leaks.isEmpty, "\(leaks.prefix(5).joined(separator: "\n"))")
  }

  @Test(arguments: [
    "{{ secret ~ 'x' }}", "{{ 'x' ~ secret }}", "{{ secret + 'x' }}", "{{ secret[1:] }}",
    "{{ secret[::-1] }}", "{{ secret * 2 }}", "{{ '%s' % secret }}",
    "{{ '%(a)s' % {'a': secret} }}",
    "{{ {'a': 1}[secret] }}", "{{ {}[secret].x }}", "{{ secret.nothing.here }}",
    "{{ [1][secret] }}",
    "{{ secret | nothing }}", "{{ secret + 1 }}", "{{ secret() }}", "{{ undef(hint=secret) }}",
    "{{ (secret | from_json).pin + 1 }}", "{{ -(secret | from_json).pin }}",
    "{{ '%d' % (secret | from_json).pin }}", "x{{ (secret | from_json).pin }}",
    "{% set a = namespace(b=secret) %}{{ a.b }}", "{% set a = namespace(b=secret) %}{{ a }}",
    "{% filter upper %}{{ secret }}{% endfilter %}",
    "{% macro m(a) %}{{ a | upper }}{% endmacro %}{{ m(secret) }}",
    "{% for a in secret %}{{ a }}{% endfor %}",
    "{% for a, b in {secret: 1}.items() %}{{ a }}{% endfor %}",
    "{% set a %}{{ secret }}{% endset %}{{ a }}", "{{ cycler(secret, 'a').next() }}",
    "{% call m() %}{{ secret }}{% endcall %}", "{{ dict(a=secret).a }}",
    "{{ dict([[secret, 1]]) }}",
    "{{ {secret: 1}.keys() | first }}x", "{{ (secret | from_json).keys() | join }}",
    "{{ [secret] | groupby(0) }}", "{{ secret | e }}", "{{ (secret | e) ~ 'x' }}",
    "{{ (secret | e).upper() }}", "{{ joiner(secret) }}", "{{ range(secret | length) | list }}",
    "{{ secret if true else 'a' }}", "{{ (secret or 'a') }}", "{{ (false or secret) }}",
    "{{ [secret, 'b'] | max }}", "{{ secret | default('x') }}", "{{ nothing | default(secret) }}",
  ])
  func `no other expression lets a secret out`(source: String) {
    let leaks = [Self.secrets[0], Self.secrets[1], Self.secrets[6]].flatMap {
      Self.leaks(source, $0)
    }
    #expect(leaks.isEmpty, "\(leaks.joined(separator: "\n"))")
  }

  @Test func `numbers out of secrets are secret, small ones are not`() throws {
    let variables: ValueMap = ["pin": .secret("60431277"), "pw": .secret("short")]
    #expect(try render("{{ pin | int }}", variables) == .int(60_431_277))
    #expect(try render("{{ pin | int }}", variables).deepMarks == .secret)
    #expect(try render("{{ 60431277 }}").deepMarks == .secret)
    #expect(try render("{{ pw | length }}", variables).deepMarks.isEmpty)
    #expect(try render("{{ pw == 'short' }}", variables) == .bool(true))
  }
}
