import ArgumentParser
import Engine
import Report
import Schema

/// `spile run`: one module on some hosts, without a playbook.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run one module on some hosts, without a playbook.",
    discussion: """
      spile run web command uptime
      spile run all sysctl name=vm.swappiness value=0 -b
      spile run all shell -- 'df -h | tail -n +2'
      """)

  @ArgumentParser.Argument(help: "The hosts: a pattern.") var pattern: String
  @ArgumentParser.Argument(help: "The module.") var module: String
  @ArgumentParser.Argument(help: "Its arguments: name=value, or the free text of a command.")
  var arguments: [String] = []
  @OptionGroup(title: "Hosts") var inventory: InventoryOptions
  @OptionGroup(title: "Variables") var variables: VariableOptions
  @OptionGroup(title: "Connection") var connection: ConnectionOptions
  @OptionGroup(title: "Privilege") var privilege: PrivilegeOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  @Option(
    name: [.customShort("f", allowingJoined: true), .long],
    help: ArgumentHelp("Hosts talked to at once.", valueName: "number"))
  var forks: Int = 50

  @Flag(name: [.customShort("C"), .long], help: "Only show what would change.") var check = false
  @Flag(name: [.customShort("D"), .long], help: "Show the lines of changed files.") var diff = false

  func run() async throws {
    let showsResult = !check && !diff && output.output == .text
    let ready = try AdHocRun(
      playbook: AdHocPlaybook(
        pattern: pattern, module: module, words: arguments, showsResult: showsResult),
      inventory: inventory, variables: variables, connection: connection, privilege: privilege,
      forks: forks
    ).prepare(check ? .plan : .apply)
    let driver = RunDriver(
      composition: ready.composition, options: ready.options, ssh: connection.sshOptions,
      form: output.output,
      style: RunStyle(showsDiff: check || diff, verbosity: output.verbosity))
    let status: Int32
    if !showsResult {
      status = try await driver.run(ready.loaded, ready.program, changesMatter: false)
    } else {
      let report = AdHocReport(
        style: Style(isColoured: Process.wantsColour(.output)), form: output.output)
      status = driver.status(
        of: try await driver.run(ready.loaded, ready.program, report), changesMatter: false)
    }
    if status != 0 { throw ExitCode(status) }
  }
}

/// `spile facts`: what is known about hosts.
struct FactsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "facts", abstract: "Show the facts about hosts that playbooks can use.",
    discussion: "In playbooks each is a variable too: `hostname` is `ansible_hostname`.")

  @ArgumentParser.Argument(help: "The hosts: a pattern.") var pattern: String
  @OptionGroup(title: "Hosts") var inventory: InventoryOptions
  @OptionGroup(title: "Variables") var variables: VariableOptions
  @OptionGroup(title: "Connection") var connection: ConnectionOptions
  @OptionGroup(title: "Privilege") var privilege: PrivilegeOptions
  @OptionGroup(title: "Output") var output: OutputOptions

  func run() async throws {
    let ready = try AdHocRun(
      playbook: AdHocPlaybook(factsOf: pattern), inventory: inventory, variables: variables,
      connection: connection, privilege: privilege, forks: 50
    ).prepare(.plan)
    let driver = RunDriver(
      composition: ready.composition, options: ready.options, ssh: connection.sshOptions,
      form: output.output, style: RunStyle())
    let report = AdHocReport(
      style: Style(isColoured: Process.wantsColour(.output)), form: output.output)
    let record = try await driver.run(ready.loaded, ready.program, report)
    if output.output == .json {
      StandardStream.output.line(JSON.text(.dict(report.collected), style: .indented))
    }
    let status = driver.status(of: record, changesMatter: false)
    if status != 0 { throw ExitCode(status) }
  }
}
