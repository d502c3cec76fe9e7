import ArgumentParser
import Engine

/// `spile plan`: what an apply would change; changes nothing.
struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show what would change, and change nothing.")

  @OptionGroup(title: "Playbook") var switches: RunSwitches
  @OptionGroup(title: "Hosts") var inventory: InventoryOptions
  @OptionGroup(title: "Variables") var variables: VariableOptions
  @OptionGroup(title: "Connection") var connection: ConnectionOptions
  @OptionGroup(title: "Privilege") var privilege: PrivilegeOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  @Flag(name: .customLong("detailed-exitcode"), help: "End with 16 when changes are pending.")
  var isDetailed = false

  @Flag(
    name: [.customShort("D"), .long], help: "Understood and always on: a plan shows the lines.")
  var diff = false

  @Flag(
    name: [.customShort("C"), .long], help: "Understood and always on: a plan changes nothing.")
  var check = false

  func run() async throws {
    try await PlaybookRun(
      switches: switches, inventory: inventory, variables: variables, connection: connection,
      privilege: privilege, output: output, showsDiff: true
    ).run(.plan, changesMatter: isDetailed)
  }
}

/// `spile drift`: a plan for machines, with an exit code.
struct DriftCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drift",
    abstract: "Show where hosts differ from the playbook; end with 16 when they do.")

  @OptionGroup(title: "Playbook") var switches: RunSwitches
  @OptionGroup(title: "Hosts") var inventory: InventoryOptions
  @OptionGroup(title: "Variables") var variables: VariableOptions
  @OptionGroup(title: "Connection") var connection: ConnectionOptions
  @OptionGroup(title: "Privilege") var privilege: PrivilegeOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  @Flag(name: [.customShort("D"), .long], help: "Understood and always on.")
  var diff = false

  func run() async throws {
    try await PlaybookRun(
      switches: switches, inventory: inventory, variables: variables, connection: connection,
      privilege: privilege, output: output, showsDiff: true
    ).run(.drift, changesMatter: true)
  }
}
