import Diagnostics
import Schema
import Template

@testable import Model

/// Modules as tests need them.
enum TestModules {
  static let copy = Manual(
    "copy", .state, "Copies.",
    parameters: [
      Parameter<String?>.optional("src", "From.").manual,
      Parameter<HostPath>.required("dest", "To.", isSubject: true).manual,
      Parameter<FileMode?>.optional("mode", "Bits.").manual,
      Parameter<Bool>.optional("force", "Even then.", default: true).manual,
    ], examples: [])

  static let command = Manual(
    "command", .action, "Runs.",
    parameters: [
      Parameter<String?>.optional("cmd", "What.").manual,
      Parameter<HostPath?>.optional("creates", "Guard.").manual,
      Parameter<HostPath?>.optional("chdir", "Where.").manual,
    ], freeForm: "cmd", examples: [])

  static let debug = Manual(
    "debug", .controller, "Shows.",
    parameters: [
      Parameter<Value?>.optional("msg", "What.").manual,
      Parameter<Value?>.optional("var", "Which.", treatment: .expression).manual,
    ], examples: [])

  static let assert = Manual(
    "assert", .controller, "Checks.",
    parameters: [Parameter<Value>.required("that", "What.", treatment: .conditions).manual],
    examples: [])

  static let setFact = Manual(
    "set_fact", .controller, "Sets.", parameters: [], takesAnyParameter: true, examples: [])

  static let catalog: ModuleCatalog = {
    let all = [copy, command, debug, assert, setFact]
    return ModuleCatalog(names: all.map(\.name)) { name in
      let plain = name.split(separator: ".").last.map(String.init) ?? name
      return all.first { $0.name == plain }
    }
  }()
}

/// A playbook from files in memory, the first being `site.yml`, and what was found wrong.
func load(_ site: String, _ files: [String: String] = [:]) -> (Playbook?, [Diagnostic]) {
  var files = files
  files["site.yml"] = site
  var bag = DiagnosticBag()
  let loader = PlaybookLoader(modules: TestModules.catalog, disk: .memory(files))
  return (loader.load(path: "site.yml", into: &bag), bag.all)
}

/// The diagnostics of a playbook as lines.
func problems(_ site: String, _ files: [String: String] = [:]) -> [String] {
  load(site, files).1.map(line)
}

/// `4:7 unknown-key: message (underline)`; the file comes first where it is not `site.yml`, `warning` where it is one.
func line(_ diagnostic: Diagnostic) -> String {
  var text = ""
  if let span = diagnostic.span {
    if span.file.name != "site.yml" { text += span.file.name + ":" }
    text += "\(span.position.line):\(span.position.column) "
  }
  if diagnostic.severity != .error { text += "\(diagnostic.severity.rawValue) " }
  text += "\(diagnostic.id): \(diagnostic.message)"
  if let underline = diagnostic.underline { text += " (\(underline))" }
  return text
}

/// An inventory from files in memory, the sources being all that lie at the top, and what was found wrong.
func readInventory(
  _ files: [String: String], sources: [String], playbookFolders: [String] = []
) -> (Inventory, [Diagnostic]) {
  var bag = DiagnosticBag()
  let loader = InventoryLoader(disk: .memory(files), playbookFolders: playbookFolders)
  let inventory = loader.load(sources: sources, into: &bag)
  return (inventory, bag.all)
}

/// An inventory from one text that must be right.
func inventory(_ text: String) -> Inventory {
  readInventory(["hosts.yml": text], sources: ["hosts.yml"]).0
}
