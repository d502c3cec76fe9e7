import Diagnostics
import Schema
import Testing

@testable import Model

/// Expected values were read off ansible-core 2.19 for the same files.
private let site: [String: String] = [
  "inv/hosts.yml": """
  all:
    vars: {v_all: inv_all, order: all}
    hosts:
      lonely:
      both: {own: file}
    children:
      web:
        hosts:
          web[01:03]: {kind: ranged}
          db-[a:c:2].example.com:2222:
        vars: {v_all: inv_web, order: web}
      api:
        hosts: {web01: }
        vars: {order: api, prio: api}
      zeta:
        hosts: {web01: }
        vars: {order: zeta, prio: zeta}
      alpha:
        hosts: {web01: }
        vars: {ansible_group_priority: 10, prio: alpha}
      dc:
        children:
          web:
          api:
          deep:
            children:
              deeper:
                hosts: {both: , web02: }
                vars: {order: deeper}
        vars: {order: dc, v_all: inv_dc}
  """,
  "inv/group_vars/all.yml": "v_all: gv_all\ng_all: inv\n",
  "inv/group_vars/web.yaml": "v_all: gv_web\ng_web: inv\n",
  "inv/group_vars/dc/10.yml": "d: 1\ne: 1\n",
  "inv/group_vars/dc/20": "e: 2\n",
  "inv/group_vars/dc/.hidden.yml": "e: 3\n",
  "inv/group_vars/dc/30.yml~": "e: 4\n",
  "inv/host_vars/both.yml": "own: hv\nh: inv\n",
  "pb/group_vars/all.yml": "g_all: pb\nv_pb: 1\n",
  "pb/group_vars/web.json": "{\"g_web\": \"pb\"}",
  "pb/host_vars/both": "h: pb\n",
]

@Suite struct InventoryTests {
  private let loaded = readInventory(site, sources: ["inv"], playbookFolders: ["pb"])
  private var inventory: Inventory { loaded.0 }

  @Test(arguments: [
    ("all", "lonely both web01 web02 web03 db-a.example.com db-c.example.com"),
    ("ungrouped", "lonely"),
    ("web", "web01 web02 web03 db-a.example.com db-c.example.com"),
    ("api", "web01"),
    ("dc", "web01 web02 web03 db-a.example.com db-c.example.com both"),
    ("deep", "both web02"),
    ("deeper", "both web02"),
  ])
  func `a group has the hosts of the groups below it`(group: String, hosts: String) {
    #expect(loaded.1.isEmpty)
    #expect(inventory.hosts(inGroup: group).joined(separator: " ") == hosts)
  }

  @Test func `groups keep the order of the file`() {
    #expect(
      inventory.groups.map(\.name) == [
        "all", "ungrouped", "web", "api", "zeta", "alpha", "dc", "deep", "deeper",
      ])
  }

  @Test(arguments: [
    ("both", "all dc deep deeper"),
    ("web01", "all dc zeta alpha api web"),
    ("lonely", "all ungrouped"),
  ])
  func `groups of a host go from weak to strong`(host: String, groups: String) {
    #expect(inventory.host(named: host)?.groups.joined(separator: " ") == groups)
  }

  @Test(arguments: [
    ("lonely", "order", "all"), ("lonely", "v_all", "gv_all"), ("lonely", "g_all", "pb"),
    ("both", "order", "deeper"), ("both", "v_all", "gv_all"), ("both", "own", "hv"),
    ("both", "h", "pb"), ("both", "e", "2"), ("both", "d", "1"),
    ("web01", "order", "web"), ("web01", "v_all", "gv_web"), ("web01", "prio", "api"),
    ("web01", "g_web", "pb"), ("web02", "order", "deeper"), ("web03", "kind", "ranged"),
    ("db-a.example.com", "ansible_port", "2222"), ("db-c.example.com", "order", "web"),
    ("lonely", "d", "-"), ("web01", "ansible_group_priority", "-"),
  ])
  func `the strongest level wins, as in Ansible`(host: String, name: String, value: String) throws {
    let store = VariableStore(inventory: inventory)
    let view = store.variables(for: try #require(inventory.host(named: host)))
    let found = view.variable(named: name).map { Argument($0.value, path: name).sourceText ?? "" }
    #expect(found ?? "-" == value)
  }

  @Test(arguments: [
    ("web", "web01 web02 web03 db-a.example.com db-c.example.com"),
    ("web:!web02", "web01 web03 db-a.example.com db-c.example.com"),
    ("!web02:web", "web01 web03 db-a.example.com db-c.example.com"),
    ("web,&deeper", "web02"), ("web:&deeper", "web02"),
    ("web0*", "web01 web02 web03"),
    ("~web0[12]", "web01 web02"),
    ("~w.*|lon.*", "web01 web02 web03 db-a.example.com db-c.example.com lonely"),
    ("~web\\d+$", "web01 web02 web03"),
    ("web[0]", "web01"), ("web[-1]", "db-c.example.com"), ("web[9]", ""),
    ("web[1:2]", "web02 web03"), ("web[1-2]", "web02 web03"),
    ("web[1:]", "web02 web03 db-a.example.com db-c.example.com"),
    ("all:!dc", "lonely"), ("!web", "lonely both"), ("&web:deep", "web02"),
    ("db-?.example.com", "db-a.example.com db-c.example.com"),
    ("web01:lonely", "web01 lonely"), ("nothing", ""), ("localhost", "localhost"),
    ("*", "lonely both web01 web02 web03 db-a.example.com db-c.example.com"),
    ("deep:api", "both web02 web01"), ("lonely,web03", "lonely web03"),
    ("w*:!web0[2-3]", "web01 web02 web03 db-a.example.com db-c.example.com"),
    ("web0[13]", ""), ("all[0]", "lonely"), ("ungrouped", "lonely"),
    (" web01 , lonely ", "web01 lonely"), ("web01 lonely", "web01 lonely"),
    ("web[0:0]", "web01"), ("web[-2]", "db-a.example.com"), ("web*[1]", "web02"),
    ("all:!web:!lonely", "both"), ("web:&deep:!both", "web02"),
    ("~^(web|api)$", "web01 web02 web03 db-a.example.com db-c.example.com"),
  ])
  func `patterns choose what they choose in Ansible`(pattern: String, hosts: String) throws {
    let found = inventory.hosts(matching: try HostPattern(pattern))
    #expect(found.map(\.name).joined(separator: " ") == hosts)
  }

  @Test func `explain lists every level that sets a name, the winner first`() throws {
    let store = VariableStore(inventory: inventory)
    let view = store.variables(for: try #require(inventory.host(named: "web01")))
    let found = view.explain("v_all").map {
      "\($0.origin.span?.location ?? "-") \($0.origin.owner ?? "") \($0.value.string ?? "")"
    }
    #expect(
      found == [
        "inv/group_vars/web.yaml:1:8 web gv_web", "inv/group_vars/all.yml:1:8 all gv_all",
        "inv/hosts.yml:11:21 web inv_web", "inv/hosts.yml:30:32 dc inv_dc",
        "inv/hosts.yml:2:17 all inv_all",
      ])
  }

  @Test func `a list of names is an inventory`() {
    let (inventory, problems) = readInventory([:], sources: ["localhost,web[1:2],10.0.0.1:2200,"])
    #expect(problems.isEmpty)
    #expect(inventory.hosts.map(\.name) == ["localhost", "web1", "web2", "10.0.0.1"])
    #expect(inventory.hosts(inGroup: "ungrouped").count == 4)
    #expect(inventory.host(named: "localhost")?.isImplicit == false)
  }

  @Test func `localhost is there without being written, and not part of all`() throws {
    let found = inventory.hosts(matching: try HostPattern("localhost"))
    #expect(found.first?.isImplicit == true)
    #expect(
      found.first?.layers.merged["ansible_connection"]?.value == .string("local"))
    #expect(inventory.host(named: "localhost") == nil)
  }

  @Test func `later sources win and groups are joined`() {
    let (inventory, _) = readInventory(
      [
        "a.yml": "web: {hosts: {w1: {x: 1, y: 1}}, vars: {g: 1}}",
        "b.yml": "web: {hosts: {w1: {x: 2}, w2: }, vars: {g: 2}}",
      ], sources: ["a.yml", "b.yml"])
    let host = inventory.host(named: "w1")?.layers.merged
    #expect(host?["x"]?.value == .int(2))
    #expect(host?["y"]?.value == .int(1))
    #expect(inventory.group(named: "web")?.layers.merged["g"]?.value == .int(2))
    #expect(inventory.hosts(inGroup: "web") == ["w1", "w2"])
  }

  @Test func `a password is secret by its name`() {
    let inventory = ModelTests.inventory("all: {hosts: {w: {ansible_password: abc, token: abc}}}")
    let host = inventory.host(named: "w")?.layers.merged
    #expect(host?["ansible_password"]?.value.deepMarks == .secret)
    #expect(host?["token"]?.value.deepMarks == [])
  }
}

@Suite struct InventoryErrorTests {
  @Test(arguments: [
    (
      "web: {host: {a: }}",
      "hosts.yml:1:7 unknown-key: unknown key `host` in the group `web` (did you mean `hosts`?)"
    ),
    (
      "web:\n  hosts:\n    - a\n",
      "hosts.yml:3:5 wrong-type: `hosts` of the group `web` is a mapping, found a list"
    ),
    ("web: [a]", "hosts.yml:1:6 wrong-type: the group `web` is a mapping, found a list"),
    ("- a\n", "hosts.yml:1:1 wrong-type: an inventory is a mapping of groups, found a list"),
    (
      "a: {children: {b: {children: {a: }}}}",
      "hosts.yml:1:31 group-cycle: the group `a` contains `b` already, and cannot be its child"
    ),
    ("a: {children: {a: }}", "hosts.yml:1:16 group-cycle: the group `a` cannot be its own child"),
    (
      "web: {hosts: {\"w[3:1]\": }}",
      "hosts.yml:1:15 host-range: `w[3:1]`: the range ends before it begins"
    ),
    (
      "web: {hosts: {\"w[01:100]\": }}",
      "hosts.yml:1:15 host-range: `w[01:100]`: both ends of the range must have the same number of digits"
    ),
    ("web: {hosts: {\"w[1:]\": }}", "hosts.yml:1:15 host-range: `w[1:]`: the range has no end"),
    (
      "web: {hosts: {w: 1}}",
      "hosts.yml:1:18 wrong-type: the variables of `w` are a mapping, found a text"
    ),
    (
      "web: {vars: {a-b: 1}}",
      "hosts.yml:1:14 variable-name: `a-b` cannot be the name of a variable"
    ),
    ("web: {vars: {x: \"{{ a | }}\"}}", "hosts.yml:1:25 template-syntax: "),
    (
      "web: {hosts: {w: {p: !vault x}}}",
      "hosts.yml:1:22 vault-format: this value is encrypted, and damaged: it does not begin with `$ANSIBLE_VAULT;`"
    ),
    ("plugin: aws_ec2\n", "hosts.yml:1:9 not-supported: inventory plugins are not supported"),
    ("_meta: {}\n", "hosts.yml:1:8 not-supported: this is the output of an inventory script"),
  ])
  func `a mistake has its place and its words`(text: String, expected: String) {
    let found = readInventory(["hosts.yml": text], sources: ["hosts.yml"]).1.map(line)
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix(expected) == true, "\(found)")
  }

  @Test func `a source that does not exist is reported`() {
    #expect(
      readInventory([:], sources: ["gone"]).1.map(line) == [
        "inventory-not-found: there is no inventory `gone`"
      ])
  }

  @Test(arguments: [
    ("web[01:10:3]", ["web01", "web04", "web07", "web10"]),
    ("[a:c]-x[1:2]", ["a-x1", "a-x2", "b-x1", "b-x2", "c-x1", "c-x2"]),
    ("n[8:11]", ["n8", "n9", "n10", "n11"]),
    ("n[:2]", ["n0", "n1", "n2"]),
    ("[::1]", ["[::1]"]),
    ("plain", ["plain"]),
  ])
  func `ranges are written out`(text: String, names: [String]) throws {
    #expect(try HostRange.names(text) == names)
  }

  @Test(
    arguments: [
      ("web:22", "web", 22), ("10.0.0.1:2200", "10.0.0.1", 2200), ("web", "web", nil),
      ("[::1]:22", "::1", 22), ("fe80::1", "fe80::1", nil), ("w[1:3]", "w[1:3]", nil),
      ("w[1:3]:22", "w[1:3]", 22),
    ] as [(String, String, Int?)])
  func `a port is cut off`(text: String, name: String, port: Int?) {
    let found = HostRange.address(text)
    #expect(found.name == name)
    #expect(found.port == port)
  }
}
