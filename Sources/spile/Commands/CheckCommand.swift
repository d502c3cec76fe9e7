import ArgumentParser
import Diagnostics
import Engine
import Model

/// `spile check`: everything that can be found wrong without a connection.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check a playbook without connecting: syntax, names, types, parameters, order.",
    discussion: "With an inventory, variables are checked for its hosts too.")

  @Argument(help: "The playbook.", completion: .file(extensions: ["yml", "yaml"]))
  var playbook: String
  @OptionGroup(title: "Hosts") var inventory: InventoryOptions
  @OptionGroup(title: "Variables") var variables: VariableOptions
  @Flag(
    name: [.customShort("v"), .customLong("verbose")],
    help: "Also name variables of the inventory that have no effect here.")
  var isVerbose = false

  func run() throws {
    var composition = Composition()
    let request = Composition.Request(
      playbook: playbook, inventory: inventory, extraVariables: variables.extraVars,
      settings: RunSettings())
    if let loaded = composition.load(request, needsInventory: false), !inventory.sources.isEmpty {
      _ = composition.compile(loaded, RunOptions(mode: .plan))
      if isVerbose { composition.noteIgnoredVariables(loaded) }
    }
    try Complaints.show(composition.diagnostics)
    StandardStream.output.line("\(playbook): nothing wrong")
  }
}
