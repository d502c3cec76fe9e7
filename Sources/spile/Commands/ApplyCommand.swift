import ArgumentParser
import Engine

/// `spile apply`: changes what differs, and checks that it is so.
struct ApplyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", abstract: "Change what differs from the playbook, and verify it.")

  @OptionGroup(title: "Playbook") var switches: RunSwitches
  @OptionGroup(title: "Hosts") var inventory: InventoryOptions
  @OptionGroup(title: "Variables") var variables: VariableOptions
  @OptionGroup(title: "Connection") var connection: ConnectionOptions
  @OptionGroup(title: "Privilege") var privilege: PrivilegeOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  @Flag(name: [.customShort("C"), .long], help: "Only show what would change, as `spile plan`.")
  var check = false

  @Flag(name: [.customShort("D"), .long], help: "Show the lines of changed files.")
  var diff = false

  @Flag(
    name: .customLong("detailed-exitcode"), help: "With --check: end with 16 for pending changes.")
  var isDetailed = false

  func run() async throws {
    try await PlaybookRun(
      switches: switches, inventory: inventory, variables: variables, connection: connection,
      privilege: privilege, output: output, showsDiff: diff || check
    ).run(check ? .plan : .apply, changesMatter: check && isDetailed)
  }
}
