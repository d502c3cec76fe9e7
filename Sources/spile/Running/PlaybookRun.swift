import ArgumentParser
import Diagnostics
import Engine
import Model
import Report
import SSH
import Transport

/// One playbook from the command line to the end of its run: what `plan`, `apply` and `drift` have in common.
struct PlaybookRun {
  var switches: RunSwitches
  var inventory: InventoryOptions
  var variables: VariableOptions
  var connection: ConnectionOptions
  var privilege: PrivilegeOptions
  var output: OutputOptions
  /// Whether the lines of changed files are shown.
  var showsDiff: Bool

  /// Runs; throws the exit code unless it is 0.
  ///
  /// Where `changesMatter`, pending changes give 16.
  func run(_ mode: RunMode, changesMatter: Bool) async throws {
    var composition = Composition(variables.vault)
    if switches.syntaxCheck {
      _ = composition.loadPlaybook(switches.playbook)
      try Complaints.show(composition.diagnostics)
      StandardStream.output.line("playbook: \(switches.playbook)")
      return
    }
    var options = RunOptions(mode: mode)
    var loaded = composition.load(request(mode))
    let isListed = switches.listHosts || switches.listTasks || switches.listTags
    if !isListed, !composition.diagnostics.hasErrors {
      composition.note { bag in loaded = loaded?.answered(&bag) }
    }
    if let loaded { fill(&options, loaded) }
    let program = loaded.flatMap { composition.compile($0, options) }
    if try list(loaded, program, composition.diagnostics) { return }
    composition.note { bag in
      guard !bag.hasErrors else { return }
      connection.fill(&options, &bag)
      privilege.fill(&options, &bag)
      if let problem = retryFile?.problem { bag.add(problem) }
    }
    try Complaints.show(composition.diagnostics)
    guard let loaded, let program else { throw ExitCode(ExitStatus.couldNotStart) }
    let driver = RunDriver(
      composition: composition, options: options, ssh: connection.sshOptions,
      form: output.output,
      style: RunStyle(showsDiff: showsDiff, verbosity: output.verbosity), retryFile: retryFile)
    let status = try await driver.run(loaded, program, changesMatter: changesMatter)
    if status != 0 { throw ExitCode(status) }
  }

  private var retryFile: RetryFile? { switches.retryFile.map(RetryFile.init(path:)) }

  private func request(_ mode: RunMode) -> Composition.Request {
    var settings = RunSettings()
    settings.isCheckMode = !mode.changesHosts
    settings.isDiffMode = showsDiff
    settings.forks = switches.forks
    settings.verbosity = output.verbosity
    let tags = RunSwitches.words(switches.tags)
    if !tags.isEmpty { settings.runTags = tags }
    settings.skipTags = RunSwitches.words(switches.skipTags)
    settings.commandLine = connection.variables
    return Composition.Request(
      playbook: switches.playbook, inventory: inventory, extraVariables: variables.extraVars,
      settings: settings)
  }

  private func fill(_ options: inout RunOptions, _ loaded: Composition.Loaded) {
    options.tags = RunSwitches.words(switches.tags)
    options.skipTags = RunSwitches.words(switches.skipTags)
    options.forks = switches.forks
    options.startAt = switches.startAtTask
    options.forcesHandlers = switches.forceHandlers
    options.limit = loaded.limitedHosts
    options.bundleKeys = TrustOptions.ofEnvironment
  }

  /// Answers `--list-hosts` and its like; false when none of them was given.
  private func list(
    _ loaded: Composition.Loaded?, _ program: Program?, _ diagnostics: DiagnosticBag
  ) throws -> Bool {
    guard switches.listHosts || switches.listTasks || switches.listTags else { return false }
    try Complaints.show(diagnostics)
    guard let loaded, let program else { throw ExitCode(ExitStatus.couldNotStart) }
    let listing = Listing(playbook: loaded.playbook.path, program: program)
    if switches.listHosts { StandardStream.output.write(listing.hosts) }
    if switches.listTasks || switches.listTags {
      StandardStream.output.write(
        listing.tasks(withNames: switches.listTasks, withTags: switches.listTags))
    }
    return true
  }
}
