import PatternMatching
import Testing

@Suite struct `Patterns` {
  /// The groups that Python 3.11's `re` finds, the whole match first; nil for no match.
  static let searches: [(pattern: String, text: String, groups: [String?]?)] = [
    ("^SELINUX=", "SELINUX=enforcing", ["SELINUX="]), ("a|ab", "xab", ["a"]),
    (#"^(\w+)\s*=\s*(.*)$"#, "key =  value ", ["key =  value ", "key", "value "]),
    ("(a)|(b)", "b", ["b", nil, "b"]), ("(?P<n>x)(?P=n)", "yxx", ["xx", "x"]),
    ("(?i)listen", "ListenAddress", ["Listen"]), ("a.c", "a\nc", nil),
    ("(?s)a.c", "a\nc", ["a\nc"]),
    ("(?m)^b$", "a\nb\nc", ["b"]), ("^b", "a\nb", nil), ("x*", "aaa", [""]),
    ("a{2,3}?", "aaaa", ["aa"]), ("(?<=#)\\d+", "a#12", ["12"]),
    ("(?<!#)\\b\\d+", "#12 34", ["34"]),
    ("foo(?!bar)", "foobar foobaz", ["foo"]), (#"[^\s#]+"#, "  # x", ["x"]),
    (#"\d+$"#, "12\n", ["12"]),
    ("[]a]+", "x]a", ["]a"]), ("(a+)+b", "aaab", ["aaab", "aaa"]), (#"\u00e9"#, "é", ["é"]),
    ("(?:ab)+", "ababa", ["abab"]), ("ab", "", nil), ("", "x", [""]),
    (#"(a*)*"#, "b", ["", ""]),
    (#"(?:(a)|b)*"#, "ab", ["ab", "a"]),
    (#"(a)??b"#, "ab", ["ab", "a"]),
    (#"(?=(a+))a*b\1"#, "baaabac", ["aba", "a"]),
    (#"(?>a+)ab"#, "aab", nil),
    (#"(a+)+?$"#, "aaa", ["aaa", "aaa"]),
    (#"(?:a(b)?)+"#, "aba", ["aba", "b"]),
    (#"(a|ab)(c|bcd)(d*)"#, "abcd", ["abcd", "a", "bcd", ""]),
    (#"(?<=(a))b"#, "ab", ["b", "a"]),
    (#"(?!(a)b)ac|(a)b"#, "ab", ["ab", nil, "a"]),
    (#"(?:x??)*y"#, "xxy", ["xxy"]),
    (#"(a{2}){2}"#, "aaaa", ["aaaa", "aa"]),
    (#"((a)|b){2,}?c"#, "abc", ["abc", "b", "a"]),
    (#"(?(1)a|b)c|(d)"#, "bc", ["bc", nil]),
    (#"(?P<x>a)(?(x)b|c)"#, "ab", ["ab", "a"]),
    (#"a*+a"#, "aaa", nil),
    (#"(?:ab)*?c"#, "ababc", ["ababc"]),
    (#"(^)*a"#, "a", ["a", ""]),
    (#"(a?)*?b"#, "aab", ["aab", "a"]),
  ]

  @Test(arguments: searches)
  func `are searched for as Python does`(pattern: String, text: String, groups: [String?]?) throws {
    let match = try Pattern(pattern).search(in: text)
    let found = match.map { match in match.groups.indices.map { match.text($0) } }
    #expect(found == groups)
  }

  static let replacements: [(pattern: String, text: String, with: String, result: String)] = [
    ("a", "banana", "o", "bonono"), ("(a)(n)", "banana", #"\2\1"#, "bnanaa"),
    (#"(?P<k>\w+)=\w+"#, "a=1 b=2", #"\g<k>=x"#, "a=x b=x"), ("x*", "abc", "-", "-a-b-c-"),
    ("b*", "abb", "-", "-a--"), ("(a)|b", "ab", #"[\1]"#, "[a][]"), ("a", "a", #"\\n\n"#, "\\n\n"),
  ]

  @Test(arguments: replacements)
  func `are replaced as Python does`(
    pattern: String, text: String, with: String, result: String
  ) throws {
    #expect(try Pattern(pattern).replacing(in: text, with: with, limit: 0).text == result)
  }

  @Test(arguments: ["(", "a{2,1}", "[z-a]", "*a", "(?P<1>a)", "\\", "(?<=a+)b", "[a"])
  func `that are none are refused`(pattern: String) {
    #expect(throws: PatternError.self) { try Pattern(pattern) }
  }

  @Test(arguments: [#"\2"#, #"\g<x>"#, #"\q"#, #"\"#])
  func `replacements that are none are refused`(replacement: String) throws {
    let pattern = try Pattern("(a)")
    #expect(throws: PatternError.self) {
      try pattern.replacing(in: "a", with: replacement, limit: 0)
    }
  }

  @Test func `a search that never ends is given up`() throws {
    let text = String(repeating: "a", count: 40)
    #expect(throws: PatternError.self) { try Pattern("(a|a)*b").search(in: text) }
  }

  @Test func `a long repetition needs no call stack`() throws {
    let text = String(repeating: "ab", count: 50_000)
    #expect(try Pattern("^(?:a|b)*c").search(in: text) == nil as PatternMatch?)
    #expect(try Pattern("^(a|b)*$").match(in: text)?.range.count == 100_000)
    #expect(try Pattern("^(?:a|b)*?$").match(in: text)?.range.count == 100_000)
  }

  @Test func `what may be remembered is bounded`() throws {
    let text = String(repeating: "ab", count: 1_000_000)
    #expect(throws: PatternError.self) { try Pattern("^((a)|(b))*$").match(in: text) }
  }

  @Test func `a large text is searched in one go`() throws {
    let text = String(repeating: "some line of a file\n", count: 10_000)
    let found = try Pattern("(?m)^some .*$").matches(in: text)
    #expect(found.count == 10_000)
    #expect(try Pattern(".*nothing").search(in: text) == nil as PatternMatch?)
  }
}
