import Schema
import Template
import Testing

/// Filters, tests and lookups of the collections that playbooks use most: `ansible.utils` 6,
/// `community.general` 11 and `community.crypto` 3 gave the values.
@Suite struct `Plugins of collections` {
  static let values: [(source: String, json: String)] = [
    (
      #"[["a", 1], ["b", 2]] | community.general.dict"#,
      #"{"a":1,"b":2}"#
    ),
    (
      #"[1, "a", 1, true, "a"] | map("string") | community.general.counter"#,
      #"{"1":2,"a":2,"True":1}"#
    ),
    (
      #""hello" | community.general.counter"#,
      #"{"h":1,"e":1,"l":2,"o":1}"#
    ),
    (
      #"1 | community.general.dict_kv("k")"#,
      #"{"k":1}"#
    ),
    (
      #"[{"k": "a", "v": 1}, {"k": "b"}] | community.general.groupby_as_dict("k")"#,
      #"{"a":{"k":"a","v":1},"b":{"k":"b"}}"#
    ),
    (
      #"[{"k": "b", "v": 1}] | community.general.lists_mergeby([{"k": "a"}, {"k": "b", "w": 2}], "k")"#,
      #"[{"k":"a"},{"k":"b","v":1,"w":2}]"#
    ),
    (
      #"[{"k": 1, "l": [1]}] | community.general.lists_mergeby([{"k": 1, "l": [2]}], "k", list_merge="append")"#,
      #"[{"k":1,"l":[1,2]}]"#
    ),
    (
      #"["2.10", "2.9", "2.9.1"] | community.general.version_sort"#,
      #"["2.9","2.9.1","2.10"]"#
    ),
    (
      #"["2.10", "2.9"] | community.general.version_sort(reverse=true)"#,
      #"["2.10","2.9"]"#
    ),
    (
      #"[{"ab": 1, "cd": 2}] | community.general.keep_keys(["ab"])"#,
      #"[{"ab":1}]"#
    ),
    (
      #"[{"ab": 1, "cd": 2}] | community.general.remove_keys("a", matching_parameter="starts_with")"#,
      #"[{"cd":2}]"#
    ),
    (
      #"[{"ab": 1, "cd": 2}] | community.general.keep_keys("^.d", "regex")"#,
      #"[{"cd":2}]"#
    ),
    (
      #"[{"ab": 1, "cd": 2}] | community.general.replace_keys([{"before": "d", "after": "x"}], "ends_with")"#,
      #"[{"ab":1,"x":2}]"#
    ),
    (
      #""10.0.0.0/30" | ansible.utils.usable_range"#,
      #"{"usable_ips":["10.0.0.0","10.0.0.1","10.0.0.2","10.0.0.3"],"number_of_ips":4}"#
    ),
    (
      #"["10.0.0.5", "10.1.0.0/24", "fd00::1"] | ansible.utils.reduce_on_network("10.0.0.0/16")"#,
      #"["10.0.0.5"]"#
    ),
    (
      #""2001:db8::1" | ansible.utils.ipcut(64)"#,
      #""2001:db8:0:0""#
    ),
    (
      #""192.168.1.10" | ansible.utils.ipcut(-16)"#,
      #""1.10""#
    ),
    (
      #""fdcf:1894:23b5:d38c::/64" | ansible.utils.slaac("c2:31:b3:83:bf:2b")"#,
      #""fdcf:1894:23b5:d38c:c031:b3ff:fe83:bf2b""#
    ),
    (
      #""2001:db8::1" | ansible.utils.ipv6form("expand")"#,
      #""2001:0db8:0000:0000:0000:0000:0000:0001""#
    ),
    (
      #""2001:db8::1" | ansible.utils.ipv6form("x509")"#,
      #""2001:db8:0:0:0:0:0:1""#
    ),
    (
      #""10.0.0.0/8" | ansible.utils.nthhost(0)"#,
      #""10.0.0.0""#
    ),
    (
      #""255.255.255.0" is ansible.utils.ipv4_netmask"#,
      #"true"#
    ),
    (
      #""0.0.0.255" is ansible.utils.ipv4_hostmask"#,
      #"true"#
    ),
    (
      #""10.0.0.1" is ansible.utils.in_one_network(["10.0.0.0/8", "10.0.0.0/16"])"#,
      #"false"#
    ),
    (
      #""2002:c0a8::1" is ansible.utils.ipv6_sixtofour"#,
      #"true"#
    ),
    (
      #""2001:0::1" is ansible.utils.ipv6_teredo"#,
      #"true"#
    ),
    (
      #""::ffff:1.2.3.4" is ansible.utils.ipv6_ipv4_mapped"#,
      #"true"#
    ),
    (
      #""0:1:2:3:4:5" | ansible.utils.hwaddr("linux")"#,
      #""00:01:02:03:04:05""#
    ),
    (
      #"query("nested", [[1, 2], [3, [4]]], ["a"])"#,
      #"[[1,2,"a"],[3,4,"a"]]"#
    ),
    (
      #"query("nested", [1, 2], [3], ["a", "b"])"#,
      #"[[1,3,"a"],[1,3,"b"],[2,3,"a"],[2,3,"b"]]"#
    ),
    (
      #"q("dict", {"a": 1})"#,
      #"[{"key":"a","value":1}]"#
    ),
    (
      #"lookup("sequence", "start=0 count=3 format=h%02d")"#,
      #""h00,h01,h02""#
    ),
    (
      #"query("together", [1, 2], ["a"])"#,
      #"[[1,"a"],[2,null]]"#
    ),
    (
      #"query("subelements", [{"n": 1, "t": ["x"]}], "t")"#,
      #"[[{"n":1},"x"]]"#
    ),
    (
      #"query("items", [1, [2]], 3)"#,
      #"[1,[2],3]"#
    ),
    (
      #"q("indexed_items", ["x", "y"])"#,
      #"[[0,"x"],[1,"y"]]"#
    ),
    (
      #"lookup("list", [1, 2])"#,
      #"[1,2]"#
    ),
    (
      #"query("community.general.cartesian", [1], [2, 3])"#,
      #"[[1,2],[1,3]]"#
    ),
    (
      #"query("community.general.flattened", [1, [2, [3]]])"#,
      #"[1,2,3]"#
    ),
    (
      #""00:ff:1A" | community.crypto.parse_serial"#,
      #"65306"#
    ),
    (
      #"65535 | community.crypto.to_serial"#,
      #""FF:FF""#
    ),
  ]

  @Test(arguments: values)
  func `give what they give`(source: String, json: String) throws {
    let value = try renderer([:]).expression(source)
    #expect(value == (try JSON.parse(json)), "\(source): \(JSON.text(value))")
  }

  @Test(arguments: [
    "lookup('config', 'DEFAULT_FORKS')", "lookup('url', 'http://localhost')",
    "lookup('nested', [1])", "lookup('dict', [{}])", "[[1]] | community.general.dict",
    "'x' | community.crypto.x509_certificate_info", "-1 | community.crypto.to_serial",
    "'1:2:3:4:5:6' | community.general.random_mac", "'x' | ansible.utils.usable_range",
    "'10.0.0.0/8' | ansible.utils.usable_range", "'10.0.0.1' | ansible.utils.ipv6form('x')",
    "[{}] | community.general.groupby_as_dict('k')",
    "[{'a': 1}] | community.general.keep_keys('a', 'somehow')",
  ])
  func `refuse what makes no sense`(source: String) {
    #expect(throws: TemplateError.self, "\(source)") { try renderer([:]).expression(source) }
  }

  @Test func `make addresses from a start`() throws {
    let value = try renderer([:]).expression("'52:54' | community.general.random_mac(seed='x')")
    #expect(value.string?.hasPrefix("52:54:") == true && value.string?.utf8.count == 17)
  }
}
