import Schema
import Template
import Testing

/// Corners of Python's texts, formats and lists, as ansible-core 2.19 with Python 3.11 gives them.
@Suite struct `Python's semantics` {
  private static let variables: ValueMap = [
    "float": .float(1e20), "text": .string("hello"),
    "map": .dict(["a": .int(1)]), "later": .dict(["x": .string("{{ nope }}")]),
    "umlauts": .string("Äö ß €"),
  ]

  static let values: [(source: String, json: String)] = [
    (#""{:=#20_}".format(float)"#, #""              1.e+20""#),
    (#""{:020_.10F}".format(2.675)"#, #""0_000_002.6750000000""#),
    (#""{:08,}".format(1234)"#, #""0,001,234""#), (#""{:>08_.0f}".format(1.5)"#, #""00000002""#),
    (#""{:5}".format(true)"#, #""    1""#), (#""{!a:.5}".format(umlauts)"#, #""'\\xc4""#),
    (#""{0.real}".format(2**70)"#, #""1180591620717411303424""#),
    (#""%a" % [umlauts]"#, #""['\\xc4\\xf6 \\xdf \\u20ac']""#),
    (#""%% %s" % text"#, #""% hello""#), (#""a %%" % [1]"#, #""a %""#),
    (#""  pad me \n".split(none, 1)"#, #"["pad","me \n"]"#), (#""".find("", 2)"#, "-1"),
    (#""abc".startswith("", 5)"#, "false"), (#"umlauts.casefold()"#, #""äö ss €""#),
    (#""{a}".format_map(map)"#, #""1""#), ("none | map('upper')", "[]"),
    ("0 | select('odd')", "[]"),
    ("'x' is nan", "false"), ("'1.5K' is uri", "true"), ("{} | truncate", "{}"),
    (#"text | regex_findall("(?:$)+?")"#, #"[""]"#),
    (#""b" | regex_search("(a*)*", "\\1")"#, #"[""]"#),
    (#"text | regex_replace("(?<=(?=l){1,2})", "-")"#, #""he-l-lo""#),
    ("[1] | to_nice_yaml(default_style='|')", #""- ! |-\n    1\n""#),
    (#"["a\n\n"] | to_yaml(default_style='|')"#, #""- |+\n  a\n\n...\n""#),
    (
      "{'a': [1]} | to_yaml(canonical=true)",
      #""---\n!!map {\n  ? !!str \"a\"\n  : !!seq [\n    !!int \"1\",\n  ],\n}\n""#
    ),
    ("later.update({'z': 1})", "null"),
  ]

  @Test(arguments: values)
  func `give what they give`(source: String, json: String) throws {
    let value = try renderer(Self.variables).expression(source)
    #expect(JSON.text(value) == json, "\(source)")
  }

  @Test(arguments: [
    "3 | basename", "[] | dirname", "1.5 is file", "[] is abs", "1 | wordwrap", "[1] | urldecode",
    #""{:,c}".format(1)"#, #""{:.3d}".format(1)"#, #""{:+s}".format("a")"#, #""{:5}".format(none)"#,
    #""{:o}".format(1.5)"#, #""{d.a}".format(d={"a": 1})"#, #""{}".format_map({})"#,
    #""%5%" % []"#, #""%c" % 1.5"#, #""%*d" % (99999999999, 1)"#, #""{:99999999999}".format(1)"#,
    "0 | default(1, 'yes')", "['a'] | sum(start='')", "1 | truncate", "'ab'.splitlines('x')",
    "[2, 1].sort(1)", "'' | to_yaml(line_break='\\r')",
  ])
  func `refuse what they refuse`(source: String) {
    #expect(throws: TemplateError.self, "\(source)") {
      try renderer(Self.variables).expression(source)
    }
  }
}
