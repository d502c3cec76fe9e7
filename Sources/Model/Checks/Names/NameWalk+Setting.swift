import Diagnostics
import Schema
import Template

/// What tasks set on hosts: variables, groups, hosts.
extension NameWalk {
  func note(_ task: Task, _ place: Place) {
    if let name = task.register { flow.set(name.text, on: bits) }
    switch LanguageModules.plainName(task.module) {
    case "set_fact":
      for name in task.arguments.keys {
        if name.contains("{{") {
          let pattern = ComputedName(name)
          if pattern.isAnything { flow.setAnything(on: bits) }
          flow.set(matching: pattern.pattern, on: bits)
        } else {
          flow.set(name, on: bits)
        }
      }
      if task.argumentsTemplate != nil { flow.setAnything(on: bits) }
      if task.keywords.delegateFacts != nil { setEverywhere(Array(task.arguments.keys)) }
    case "include_vars":
      if let names = candidates.variables(of: task, files: nil) {
        for name in names { flow.set(name, on: bits) }
      } else if !hosts.isEmpty {
        flow.setAnything(on: bits)
      }
    case "service_facts": flow.set("services", on: bits)
    case "package_facts": flow.set("packages", on: bits)
    case "getent":
      if let name = task.arguments["database"]?.source.literalValue?.string {
        flow.set("getent_\(name)", on: bits)
      } else {
        flow.setAnything(on: bits)
      }
    case "group_by":
      group(task, place)
      refreshHosts()
    case "add_host":
      addHost(task, place)
      refreshHosts()
    default: return
    }
  }

  func setEverywhere(_ names: [String]) {
    let everyone = HostBits(inventory.hosts.map(number(of:)))
    for name in names { flow.set(name, on: everyone) }
  }

  func group(_ task: Task, _ place: Place) {
    guard let key = task.arguments["key"] else { return }
    for host in hosts {
      guard let passes = passes(of: place, on: host) else {
        groups.addUnknown(ComputedName(key.literalText ?? "{{ }}").pattern)
        continue
      }
      for locals in passes {
        let renderer = renderer(for: host, place, locals: locals)
        let truth = try? place.conditions.all(renderer)
        if case .no = truth { continue }
        let name = (try? key.argument(renderer))??.sourceText
        guard let name, case .yes = truth else {
          groups.addUnknown(name ?? ComputedName(key.literalText ?? "{{ }}").pattern)
          continue
        }
        groups.add(host.name, to: groupName(name))
      }
    }
  }

  /// Ansible's `group_by` makes dashes of blanks.
  func groupName(_ name: String) -> String {
    String(name.map { $0 == " " ? "-" : $0 })
  }

  func addHost(_ task: Task, _ place: Place) {
    let names = ["name", "hostname", "host"].compactMap { task.arguments[$0] }
    let groupArguments = ["groups", "groupname", "group"].compactMap { task.arguments[$0] }
    for host in hosts.prefix(1) {
      guard let passes = passes(of: place, on: host) else {
        groups.addUnknown("*")
        return
      }
      for locals in passes {
        let renderer = renderer(for: host, place, locals: locals)
        guard case .yes? = try? place.conditions.all(renderer),
          let name = names.first.flatMap({ (try? $0.argument(renderer)) ?? nil })?.sourceText
        else {
          groups.addUnknown("*")
          continue
        }
        var made: [String] = []
        for argument in groupArguments.compactMap({ (try? $0.argument(renderer)) ?? nil }) {
          let texts = argument.elements?.compactMap(\.sourceText) ?? [argument.sourceText ?? ""]
          made += texts.flatMap { $0.split(separator: ",").map { String(trimmed($0)) } }
        }
        for group in made.isEmpty ? ["ungrouped"] : made where !group.isEmpty {
          groups.add(name, to: group)
        }
        flow.setAnything(on: HostBits([number(of: Host(name: name, directGroups: [], groups: []))]))
      }
    }
  }

  /// Where names are set for the first time: for those that are used too early.
  func noteNames() {
    for task in playbook.plays.flatMap(\.allTasks) {
      if let name = task.register { flow.note(name.text, at: name.span) }
      guard LanguageModules.plainName(task.module) == "set_fact" else { continue }
      for (name, argument) in task.arguments { flow.note(name, at: argument.nameSpan) }
    }
  }

  func values(of include: IncludeTasks, _ place: Place) {
    collected.add(include)
    checkConditions(place)
    checkLoop(place)
  }

  func values(of task: Task, _ place: Place) {
    checkConditions(place)
    checkLoop(place)
    checkValues(of: task, place)
    checkRunOnce(task, place)
    checkQuorum(task, place)
  }
}
