import Schema
import Synchronization
import Template
import Testing

/// Lookups by name, and the one that makes passwords.
@Suite struct `Lookups in templates` {
  /// Keeps passwords by path.
  private final class Shelf: TemplateResources {
    private let kept = Mutex<[String: String]>([:])
    private let isLate: Bool

    init(isLate: Bool = false) { self.isLate = isLate }

    var paths: [String] { kept.withLock { $0.keys.sorted() } }

    func keptPassword(_ path: String, content: (String?) -> String) -> String? {
      if isLate { return nil }
      return kept.withLock { kept in
        let new = content(kept[path])
        kept[path] = new
        return new
      }
    }

    subscript(path: String) -> String? {
      get { kept.withLock { $0[path] } }
      set { kept.withLock { $0[path] = newValue } }
    }

    func template(named name: String) -> TemplateText? { nil }
    func file(_ path: String) throws(TemplateError) -> FileContent {
      throw TemplateError(.plugin, "no file")
    }
    func environment(_ name: String) -> String? { nil }
    func glob(_ pattern: String) -> [String] { [] }
    func lookup(_ name: String, terms: [Value], options: ValueMap) -> Value? { nil }
  }

  private func value(_ source: String, _ shelf: Shelf = Shelf()) throws -> Value {
    try Renderer(variables: ValueMap(), resources: shelf)
      .render(.text(Text("{{ \(source) }}", marks: .template)))
  }

  @Test(arguments: [
    "lookup('no_such', 1)", "query('a.b.c')", "q('hashi')", "[1] | map('upper') + lookup('nope')",
  ])
  func `that nobody knows are found before anything is rendered`(source: String) {
    let error = #expect(throws: TemplateError.self) {
      _ = try CompiledTemplate.compile("{{ \(source) }}", syntax: .value)
    }
    #expect(error?.kind == .unknownPlugin)
  }

  @Test func `that are refused say why`() {
    let error = #expect(throws: TemplateError.self) {
      _ = try CompiledTemplate.compile("{{ lookup('url', 'http://x') }}", syntax: .value)
    }
    #expect(error?.message == "the lookup `url` is not supported" && error?.hint != nil)
  }

  @Test func `may be unknown where they are asked for only if something holds`() throws {
    #expect(try value("'x' if true else lookup('no_such')") == .string("x"))
  }

  @Test func `password answers the same file with the same password`() throws {
    let shelf = Shelf()
    let first = try value("lookup('password', '/p/a length=12 chars=digits')", shelf)
    let again = try value("lookup('ansible.builtin.password', '/p/a')", shelf)
    let other = try value("lookup('password', '/p/b', length=30)", shelf)
    #expect(first == again && first != other && shelf.paths == ["/p/a", "/p/b"])
    #expect(first.string?.count == 12 && first.string?.allSatisfy(\.isNumber) == true)
    #expect(other.string?.count == 30 && first.deepMarks.contains(.secret))
  }

  @Test(arguments: [
    ("octdigits", "01234567"), ("a,b", "ab"), ("ascii_lowercase,,", "abcdefghijklmnopqrstuvwxyz,"),
  ])
  func `password takes letters from what chars names`(chars: String, letters: String) throws {
    let password = try value("lookup('password', '/dev/null', length=200, chars='\(chars)')").string
    #expect(password?.count == 200 && Set(password ?? "").isSubset(of: Set(letters)))
  }

  @Test func `a seed makes the password that Python makes`() throws {
    let password = try value("lookup('password', '/dev/null', seed='web1', length=12)")
    #expect(password.string == "PHReYru8meWg")
  }

  @Test func `password gives hashes whose salt the file keeps`() throws {
    let shelf = Shelf()
    shelf["/p/old"] = "sesame salt=abcdefgh12345678"
    let old = try value("lookup('password', '/p/old encrypt=sha512_crypt')", shelf)
    #expect(
      old.string
        == "$6$rounds=656000$abcdefgh12345678$CRrZY5ws7TBvSZ5A6huKoTtiwSiTXq867uNnEzKA2TzQn35cgjnkJIhWZaagtUB1WqsIwPJH0nUroSniU.gw81"
    )
    #expect(shelf["/p/old"] == "sesame salt=abcdefgh12345678")

    shelf["/p/plain"] = "sesame"
    let first = try value("lookup('password', '/p/plain', encrypt='bcrypt')", shelf)
    let again = try value("lookup('password', '/p/plain', encrypt='bcrypt')", shelf)
    #expect(first == again && first.string?.hasPrefix("$2b$12$") == true)
    #expect(shelf["/p/plain"]?.hasPrefix("sesame salt=") == true)
    #expect(shelf["/p/plain"]?.hasSuffix(" ident=2b") == true)
    let plain = try value("lookup('password', '/p/plain')", shelf)
    #expect(plain.string == "sesame" && plain.deepMarks.contains(.secret))
  }

  @Test(arguments: ["encrypt=nope", "encrypt=bcrypt ident=3", "length=0"])
  func `password refuses what it cannot do`(option: String) {
    #expect(throws: TemplateError.self) { try value("lookup('password', '/p/a \(option)')") }
  }

  @Test func `password is unknown where it is only made later`() throws {
    let late = try value("lookup('password', '/p/a')", Shelf(isLate: true))
    #expect(late.deepUnknown != nil)
  }
}
