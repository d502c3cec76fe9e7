import Diagnostics
import Schema
import Testing

@testable import Model

/// The same name at every pair of the levels 2 to 22.
///
/// The winners were read off ansible-core 2.19, which ran a playbook laid out as this one: of 210 pairs the level that
/// "Understanding variable precedence" names later wins.
@Suite struct PrecedenceTests {
  private static let levels = VariableLevel.allCases.filter {
    $0 > .commandLine && $0 <= .extraVars
  }

  /// The name that two levels set.
  private static func name(_ one: VariableLevel, _ other: VariableLevel) -> String {
    "ansible_p_\(min(one, other).rawValue)_\(max(one, other).rawValue)"
  }

  /// What one level sets: a name for each pair that it is in, to its own number.
  private static func pairs(_ level: VariableLevel) -> [(name: String, value: String)] {
    levels.filter { $0 != level }.map { (name(level, $0), "L\(level.rawValue)") }
  }

  private static func yaml(_ level: VariableLevel, _ indentation: Int = 0) -> String {
    let lead = String(repeating: " ", count: indentation)
    return pairs(level).map { "\(lead)\($0.name): \($0.value)\n" }.joined()
  }

  private static func ini(_ level: VariableLevel, _ separator: String) -> String {
    pairs(level).map { "\($0.name)=\($0.value)" }.joined(separator: separator)
  }

  private static let files: [String: String] = [
    "inv/hosts": """
    [g]
    h \(ini(.inventoryFileHost, " "))
    [g:vars]
    \(ini(.inventoryFileGroup, "\n"))
    """,
    "inv/group_vars/all.yml": yaml(.inventoryGroupVarsAll),
    "inv/group_vars/g.yml": yaml(.inventoryGroupVars),
    "inv/host_vars/h.yml": yaml(.inventoryHostVars),
    "pb/group_vars/all.yml": yaml(.playbookGroupVarsAll),
    "pb/group_vars/g.yml": yaml(.playbookGroupVars),
    "pb/host_vars/h.yml": yaml(.playbookHostVars),
    "pb/extra.yml": yaml(.extraVars),
    "pb/files.yml": yaml(.playVarsFiles),
    "pb/include.yml": yaml(.includeVars),
    "pb/roles/r/defaults/main.yml": yaml(.roleDefaults),
    "pb/roles/r/vars/main.yml": yaml(.roleVars),
    "pb/roles/r/tasks/main.yml": """
    - include_tasks: inner.yml
      vars:
    \(yaml(.includeParameters, 4))
    """,
    "pb/roles/r/tasks/inner.yml": """
    - block:
      - debug:
        vars:
    \(yaml(.taskVars, 6))
      vars:
    \(yaml(.blockVars, 4))
    """,
    "pb/site.yml": """
    - hosts: all
      vars_files: [files.yml]
      vars:
    \(yaml(.playVars, 4))
      roles:
      - role: r
    \(yaml(.roleParameters, 4))
    """,
  ]

  /// The variables as the task sees them that all levels reach.
  private static func view() throws -> HostVariables {
    let disk = ControllerDisk.memory(files)
    var bag = DiagnosticBag()
    let loader = PlaybookLoader(modules: TestModules.catalog, disk: disk)
    let playbook = try #require(loader.load(path: "pb/site.yml", into: &bag))
    let inventory = InventoryLoader(disk: disk, playbookFolders: ["pb"])
      .load(sources: ["inv"], into: &bag)
    let extra = ExtraVariables.parse(["@pb/extra.yml"], disk: disk, into: &bag)
    #expect(bag.all.isEmpty)
    let host = try #require(inventory.host(named: "h"))
    let play = try #require(playbook.plays.first)
    let task = try #require(play.allTasks.first)
    let store = VariableStore(inventory: inventory, extraVariables: extra)
    var facts = ValueMap()
    for (name, value) in pairs(.hostFacts) { facts[name] = .string(value) }
    store.setFacts(facts, on: host)
    store.include(
      try VariableFiles(disk: disk).variables(ofFile: "pb/include.yml", level: .includeVars),
      on: host)
    for (name, value) in pairs(.setFact) { store.set(name, to: .string(value), on: host) }
    // Nobody is asked here: what the answers are is put around the scope of the play.
    let prompts = VariableScope(
      .playPrompt,
      Dictionary(
        uniqueKeysWithValues: pairs(.playPrompt).map {
          ($0.name, Variable(.string($0.value), Origin(.playPrompt)))
        }))
    let scope = try #require(task.keywords.scope)
    return store.variables(for: host, play: play, scope: scope.laid(over: prompts))
  }

  @Test func `of each pair of levels the later one wins, as in Ansible`() throws {
    let view = try Self.view()
    for one in Self.levels {
      for other in Self.levels where other > one {
        let name = Self.name(one, other)
        #expect(try view.value(named: name)?.string == "L\(other.rawValue)", "\(name)")
        #expect(view.explain(name).map(\.origin.level) == [other, one], "\(name)")
      }
    }
  }

  @Test func `every value that somebody wrote knows its place`() throws {
    let view = try Self.view()
    let computed: Set<VariableLevel> = [.hostFacts, .setFact, .playPrompt]
    for one in Self.levels where !computed.contains(one) {
      for other in Self.levels where other > one && !computed.contains(other) {
        let places = view.explain(Self.name(one, other)).compactMap(\.origin.span)
        #expect(places.count == 2)
        for place in places {
          let text = place.file.bytes[place.start..<place.end]
          #expect(String(decoding: text, as: UTF8.self).hasPrefix("L"))
        }
      }
    }
  }
}
