import Diagnostics
import Schema
import Testing

@testable import Model

/// Whole inventories of every kind, against what `ansible-inventory --list` of ansible-core 2.19 prints for them.
@Suite struct InventoryOracleTests {
  private static let folder = ControllerPath.join(
    ControllerPath.folder(of: #filePath), "Inventories")

  private static let cases: [(expected: String, sources: [String])] = [
    ("types", ["types.ini"]), ("nesting", ["nesting.ini"]), ("priorities", ["priorities.ini"]),
    ("chinese", ["chinese.ini"]), ("corners", ["corners.yml"]), ("folder", ["folder"]),
    ("merge", ["merge/a", "merge/b/hosts"]), ("script", ["script"]),
    ("script-hosts", ["script-hosts"]), ("list", ["x1,x2:2222, /srv/chroot,"]),
  ]

  @Test(arguments: cases)
  func `an inventory says what it says to Ansible`(expected: String, sources: [String]) throws {
    let disk = ControllerDisk.system
    let sources = sources.map { $0.contains(",") ? $0 : ControllerPath.join(Self.folder, $0) }
    var bag = DiagnosticBag()
    let inventory = InventoryLoader(disk: disk).load(sources: sources, into: &bag)
    #expect(bag.errors.isEmpty)
    let path = ControllerPath.join(Self.folder, expected + ".expected.json")
    let oracle = try JSON.parse(try disk.read(path))
    let store = VariableStore(inventory: inventory)
    let hostvars = try #require(oracle["_meta"]?["hostvars"]?.dict)
    for host in inventory.hosts {
      let view = store.variables(for: host)
      let names = view.names.filter { view.variable(named: $0) != nil }
      let found = ValueMap(
        try names.map { (.string($0), try #require(view.variable(named: $0)).value) })
      #expect(found == hostvars[host.name]?.dict ?? ValueMap(), "\(host.name)")
    }
    for group in inventory.groups {
      let entry = oracle[group.name]
      let hosts = group.name == "all" ? [] : group.directHosts
      #expect(names(entry?["hosts"]) == hosts, "\(group.name)")
      #expect(names(entry?["children"]) == group.children, "\(group.name)")
    }
    let known = Set(inventory.groups.map(\.name)).union(["_meta"])
    #expect(oracle.dict?.keys.compactMap(\.string).filter { !known.contains($0) } == [])
    #expect(hostvars.keys.compactMap(\.string).allSatisfy { inventory.host(named: $0) != nil })
  }

  private func names(_ value: Value?) -> [String] { value?.list?.compactMap(\.string) ?? [] }
}
