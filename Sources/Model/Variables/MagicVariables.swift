import Schema
import Template

/// Names that Spile sets itself; as in Ansible nobody can override them.
package enum MagicName: String, CaseIterable, Sendable {
  case inventoryHostname = "inventory_hostname"
  case inventoryHostnameShort = "inventory_hostname_short"
  case groups
  case groupNames = "group_names"
  case hostvars
  case facts = "ansible_facts"
  case playHosts = "play_hosts"
  case ansiblePlayHosts = "ansible_play_hosts"
  case ansiblePlayHostsAll = "ansible_play_hosts_all"
  case ansiblePlayBatch = "ansible_play_batch"
  case ansiblePlayName = "ansible_play_name"
  case playbookDir = "playbook_dir"
  case inventoryDir = "inventory_dir"
  case inventoryFile = "inventory_file"
  case inventorySources = "ansible_inventory_sources"
  case checkMode = "ansible_check_mode"
  case diffMode = "ansible_diff_mode"
  case forks = "ansible_forks"
  case verbosity = "ansible_verbosity"
  case limit = "ansible_limit"
  case runTags = "ansible_run_tags"
  case skipTags = "ansible_skip_tags"
  case version = "ansible_version"
}

extension HostVariables {
  /// The value of a magic name; nil for other names, and for those that have none here.
  func magic(_ name: String) -> Value? {
    guard let name = MagicName(rawValue: name) else { return nil }
    let settings = store.settings
    switch name {
    case .inventoryHostname: return .string(host.name)
    case .inventoryHostnameShort: return .string(shortName)
    case .groups: return store.groupsValue
    case .groupNames:
      return .list(host.groups.filter { $0 != "all" }.sorted().map(Value.string))
    case .hostvars: return nil
    case .facts: return .dict(store.cell(host.name).facts)
    case .playHosts, .ansiblePlayBatch: return playHosts.map { names($0.batch(of: host.name)) }
    case .ansiblePlayHosts: return playHosts.map { names($0.active) }
    case .ansiblePlayHostsAll: return playHosts.map { names($0.all) }
    case .ansiblePlayName: return play.map { .string($0.name.text) }
    case .playbookDir: return .string(settings.playbookFolder)
    case .inventoryDir: return host.source.map { .string(ControllerPath.folder(of: $0)) }
    case .inventoryFile: return host.source.map(Value.string)
    case .inventorySources: return .list(store.inventory.sources.map(Value.string))
    case .checkMode: return .bool(settings.isCheckMode)
    case .diffMode: return .bool(settings.isDiffMode)
    case .forks: return .int(settings.forks)
    case .verbosity: return .int(settings.verbosity)
    case .limit: return settings.limit.map(Value.string)
    case .runTags: return .list(settings.runTags.map(Value.string))
    case .skipTags: return .list(settings.skipTags.map(Value.string))
    case .version: return .dict(MagicName.ansibleVersion)
    }
  }

  private var shortName: String {
    let isAddress = host.name.contains(":") || host.name.allSatisfy { $0.isNumber || $0 == "." }
    return isAddress ? host.name : String(host.name.prefix { $0 != "." })
  }

  private var playHosts: PlayHosts? { play.flatMap { store.playHosts($0.number) } }

  private func names(_ hosts: [String]) -> Value { .list(hosts.map(Value.string)) }
}

extension MagicName {
  /// Names that only the template files of tasks know: where they come from and where they go.
  package static let ofTemplateFiles: Set<String> = [
    "template_host", "template_uid", "template_path", "template_fullpath", "template_destpath",
  ]

  /// The version of ansible-core whose language Spile speaks.
  static let ansibleVersion: ValueMap = [
    "full": .string("2.19.0"), "major": .int(2), "minor": .int(19), "revision": .int(0),
    "string": .string("2.19.0"),
  ]
}
