import Diagnostics
import Schema
import YAML

/// The names that a playbook sets while it runs: registered results, `set_fact`, `include_vars`.
struct RuntimeNames {
  private(set) var names: Set<String> = []
  /// Whether other names may be set too: files or names that are only known later.
  private(set) var isOpen = false

  init(playbook: Playbook, disk: ControllerDisk) {
    for play in playbook.plays {
      names.formUnion(play.prompts.map(\.name))
      for entry in (play.sections + [play.handlers]).joined() {
        visit(entry, folder: play.folder, disk)
      }
    }
  }

  private mutating func visit(_ entry: TaskEntry, folder: String, _ disk: ControllerDisk) {
    switch entry {
    case .task(let task): visit(task, disk)
    case .includeTasks(let include):
      if let name = include.register { names.insert(name.text) }
      isOpen = isOpen || include.tasks == nil
    case .block: break
    }
    for child in entry.children { visit(child, folder: folder, disk) }
  }

  private mutating func visit(_ task: Task, _ disk: ControllerDisk) {
    if let name = task.register { names.insert(name.text) }
    switch LanguageModules.plainName(task.module) {
    case "set_fact":
      for name in task.arguments.keys {
        if name.contains("{{") { isOpen = true } else { names.insert(name) }
      }
      isOpen = isOpen || task.argumentsTemplate != nil
    case "include_vars": include(task, disk)
    case "group_by", "add_host": isOpen = true
    case "service_facts": names.insert("services")
    case "package_facts": names.insert("packages")
    default: return
    }
  }

  private mutating func include(_ task: Task, _ disk: ControllerDisk) {
    if let name = task.arguments["name"]?.source.literalValue?.string {
      names.insert(name)
      return
    }
    guard
      let file = (task.arguments["file"] ?? task.arguments["_raw_params"])?.source.literalValue?
        .string
    else {
      isOpen = true
      return
    }
    var bag = DiagnosticBag()
    let resources = TaskResources(folders: task.folders, inventory: nil, disk: disk)
    guard let path = resources.find(file, in: "vars"),
      let root = disk.document(path, title: "file of variables", at: nil, into: &bag)?.root
    else {
      isOpen = true
      return
    }
    names.formUnion(root.pairs.map(\.key.text))
  }
}
