import Schema
import Template
import Testing

/// `json_query` gives what jmespath.py 1.1 gives.
@Suite struct `JMESPath queries` {
  private static let data = """
    {"hosts": [{"name": "b", "ip": "10.0.0.2", "tags": ["x", "y"], "cpu": 4},
               {"name": "a", "ip": "10.0.0.1", "tags": [], "cpu": 8, "off": true},
               {"name": "c", "tags": ["z"], "cpu": 4}],
     "map": {"k1": {"v": 1}, "k2": {"v": 2}}, "zero": 0, "empty": "", "text": "h\\u00e9llo",
     "nested": [[1, [2]], [3]], "with space": 1}
    """

  static let queries: [(query: String, json: String)] = [
    ("hosts[0].name", #""b""#), ("hosts[-1].name", #""c""#), ("hosts[9].name", "null"),
    ("hosts[*].name", #"["b","a","c"]"#), ("hosts[*].ip", #"["10.0.0.2","10.0.0.1"]"#),
    ("hosts[?cpu==`4`].name", #"["b","c"]"#), ("hosts[?off].name | [0]", #""a""#),
    ("hosts[?!off && cpu > `3`].name", #"["b","c"]"#), ("hosts[].tags[]", #"["x","y","z"]"#),
    ("hosts[*].tags[0]", #"["x","z"]"#), ("map.*.v", "[1,2]"), ("*.k1", #"[{"v":1}]"#),
    ("hosts[1:].name", #"["a","c"]"#), ("hosts[::-1].name", #"["c","a","b"]"#),
    ("hosts[*].{n: name, t: length(tags)}", #"[{"n":"b","t":2},{"n":"a","t":0},{"n":"c","t":1}]"#),
    ("hosts[*].[name, cpu]", #"[["b",4],["a",8],["c",4]]"#), ("nested[]", "[1,[2],3]"),
    ("nested[][]", "[1,2,3]"), ("sort_by(hosts, &name)[*].name", #"["a","b","c"]"#),
    ("max_by(hosts, &cpu).name", #""a""#), ("min_by(hosts, &cpu).name", #""b""#),
    ("map(&cpu, hosts)", "[4,8,4]"), ("sum(hosts[*].cpu)", "16"),
    ("avg(hosts[*].cpu)", "5.333333333333333"),
    ("join('-', hosts[*].name)", #""b-a-c""#), ("keys(map)", #"["k1","k2"]"#),
    ("contains(hosts[0].tags, 'x')", "true"), ("starts_with(text, 'h')", "true"),
    ("length(text)", "5"), ("reverse(text)", #""olléh""#), ("to_string(map.k1)", #""{\"v\":1}""#),
    ("to_number('12')", "12"), ("to_number('x')", "null"), ("type(zero)", #""number""#),
    ("not_null(nope, empty, zero)", #""""#), ("merge(map.k1, `{\"w\": 1}`)", #"{"v":1,"w":1}"#),
    ("zero || 'd'", "0"), ("empty || 'd'", #""d""#), ("!zero", "false"), (#""with space""#, "1"),
    ("`[1, \"a\"]`", #"[1,"a"]"#), ("`bare`", #""bare""#), (#"'it\'s'"#, #""it's""#),
    ("`1` == `true`", "false"), ("map.* | [0]", #"{"v":1}"#), ("(hosts[*].tags)[0]", #"["x","y"]"#),
    ("floor(`-1.5`)", "-2"), ("ceil(`1.2`)", "2"), ("abs(`-3`)", "3"), ("@.zero", "0"),
    ("hosts[?contains(name, 'a')] | [0].cpu", "8"), ("hosts[?name<'b'].name", #"["a"]"#),
    ("nope.x.y", "null"), ("text[0]", "null"), ("[zero, empty]", #"[0,""]"#),
  ]

  @Test(arguments: queries)
  func `are answered`(query: String, json: String) throws {
    let variables: ValueMap = ["data": try JSON.parse(Self.data), "query": .string(query)]
    let value = try renderer(variables).expression("data | community.general.json_query(query)")
    #expect(JSON.text(value) == json, "\(query)")
  }

  @Test(arguments: [
    "", "hosts[", "hosts.", "hosts[?", "a b", "foo(", "nope(@)", "length(zero)", "sum(hosts)",
    "join('-', hosts)", "`1` < 'a'", "'open", "[*", "{a}", "a.[", "sort_by(hosts, &tags)",
    "=", "\"a\"(b)", "length()", "hosts[1:2:3:4]", "hosts[::0]", "#",
  ])
  func `are refused where they make no sense`(query: String) throws {
    let variables: ValueMap = ["data": try JSON.parse(Self.data), "query": .string(query)]
    #expect(throws: TemplateError.self, "\(query)") {
      try renderer(variables).expression("data | json_query(query)")
    }
  }

  @Test func `of secrets give secrets`() throws {
    let variables: ValueMap = ["data": .dict(["password": .secret("hunter2")])]
    let value = try renderer(variables).expression("data | json_query('password')")
    #expect(value.deepMarks.contains(.secret))
  }
}
