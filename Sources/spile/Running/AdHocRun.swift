import ArgumentParser
import Diagnostics
import Engine
import Model
import Report

/// A playbook in memory, run with the switches of the command line.
struct AdHocRun {
  var playbook: AdHocPlaybook
  var inventory: InventoryOptions
  var variables: VariableOptions
  var connection: ConnectionOptions
  var privilege: PrivilegeOptions
  var forks: Int

  /// What is ready to run.
  struct Ready {
    let composition: Composition
    let options: RunOptions
    let loaded: Composition.Loaded
    let program: Program
  }

  /// Loads and compiles; ends the command where something is wrong.
  func prepare(_ mode: RunMode) throws -> Ready {
    var composition = Composition(variables.vault, disk: playbook.disk)
    var settings = RunSettings()
    settings.isCheckMode = !mode.changesHosts
    settings.forks = forks
    settings.commandLine = connection.variables
    let loaded = composition.load(
      Composition.Request(
        playbook: AdHocPlaybook.path, inventory: inventory, extraVariables: variables.extraVars,
        settings: settings))
    var options = RunOptions(mode: mode)
    options.forks = forks
    options.bundleKeys = TrustOptions.ofEnvironment
    if let loaded { options.limit = loaded.limitedHosts }
    let program = loaded.flatMap { composition.compile($0, options) }
    composition.note { bag in
      guard !bag.hasErrors else { return }
      connection.fill(&options, &bag)
      privilege.fill(&options, &bag)
    }
    try Complaints.show(composition.diagnostics)
    guard let loaded, let program else { throw ExitCode(ExitStatus.couldNotStart) }
    return Ready(composition: composition, options: options, loaded: loaded, program: program)
  }
}
