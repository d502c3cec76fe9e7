import ArgumentParser
import Diagnostics
import Engine
import Model
import Report

/// `spile check`: everything that can be found wrong without a connection.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check a playbook without connecting: syntax, names, types, parameters, order.",
    discussion: """
      With an inventory, variables are checked for its hosts too.

      Exit status: 0 when there are no errors, 1 when there are; with --strict warnings count as errors.
      """)

  @Argument(help: "The playbook.", completion: .file(extensions: ["yml", "yaml"]))
  var playbook: String
  @OptionGroup(title: "Hosts") var inventory: InventoryOptions
  @OptionGroup(title: "Variables") var variables: VariableOptions
  @Option(
    name: [.customShort("t", allowingJoined: true), .long],
    help: ArgumentHelp("Tags that some task should have.", valueName: "tags"))
  var tags: [String] = []

  @Option(help: ArgumentHelp("Tags that some task should have.", valueName: "tags"))
  var skipTags: [String] = []

  @Flag(help: "Take warnings for errors.")
  var strict = false

  @Flag(help: "Only warn about modules that do not exist.")
  var allowUnknownModules = false

  @OptionGroup(title: "Output") var output: OutputOptions

  func run() throws {
    var composition = Composition(variables.vault)
    var request = Composition.Request(
      playbook: playbook, inventory: inventory, extraVariables: variables.extraVars,
      settings: RunSettings())
    request.checks.tags = RunSwitches.words(tags + skipTags)
    request.checks.reportsNotes = true
    request.checks.reportsUnusedVariables = output.verbosity > 0
    if let loaded = composition.load(request, needsInventory: false), !inventory.sources.isEmpty {
      _ = composition.compile(loaded, RunOptions(mode: .plan))
      if output.verbosity > 0 { composition.noteIgnoredVariables(loaded) }
    }
    let found = CheckReport(
      playbook: playbook, diagnostics: composition.diagnostics.all.map(severity).orderedByFile)
    switch output.output {
    case .text: show(found)
    case .json: StandardStream.output.write(found.json)
    }
    if found.errorCount > 0 { throw ExitCode(ExitStatus.couldNotStart) }
  }

  private func severity(_ diagnostic: Diagnostic) -> Diagnostic {
    var diagnostic = diagnostic
    if allowUnknownModules, diagnostic.id == "unknown-module" { diagnostic.severity = .warning }
    if strict, diagnostic.severity == .warning { diagnostic.severity = .error }
    return diagnostic
  }

  private func show(_ report: CheckReport) {
    if !report.diagnostics.isEmpty {
      StandardStream.errors.line(Complaints.renderer.render(report.diagnostics) + "\n")
    }
    let stream = report.errorCount == 0 ? StandardStream.output : StandardStream.errors
    stream.line(report.summary)
  }
}
