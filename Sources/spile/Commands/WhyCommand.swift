import ArgumentParser
import Diagnostics
import Engine
import Model
import Report
import Schema

/// `spile why`: where something comes from.
struct WhyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Explain a variable, the groups of a host, or the order of a task.",
    subcommands: [Variable.self, Groups.self, Order.self])

  /// `spile why var HOST NAME`.
  struct Variable: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "var",
      abstract: "Show everything that sets a variable of a host, the winner first.",
      discussion: "With a playbook its plays, roles, blocks and tasks are looked at too.")

    @ArgumentParser.Argument(help: "The host.") var host: String
    @ArgumentParser.Argument(help: "The variable.") var name: String
    @ArgumentParser.Argument(
      help: "A playbook.", completion: .file(extensions: ["yml", "yaml"]))
    var playbook: String?
    @OptionGroup(title: "Hosts") var inventory: InventoryOptions
    @OptionGroup(title: "Variables") var variables: VariableOptions
    @OptionGroup var folder: PlaybookFolderOptions
    @Option(help: "text for people, json for machines.") var output = OutputOptions.Form.text

    func run() throws {
      let explanation: VariableExplanation
      if let playbook {
        var composition = Composition(variables.vault)
        let loaded = try WhyCommand.load(playbook, inventory, variables, &composition)
        let context = HostContext(loaded, disk: composition.disk)
        explanation = VariableExplanation(
          name: name, host: try context.host(named: host), context: context,
          playbook: loaded.playbook, extra: loaded.extra)
      } else {
        let context = try HostContext(inventory, variables, playbookFolder: folder.playbookDir)
        explanation = VariableExplanation(
          name: name, host: try context.host(named: host), context: context)
      }
      guard explanation.isKnown else {
        try Complaints.fail(explanation.unknown)
      }
      WhyCommand.show(explanation.json, explanation.lines, output)
    }
  }

  /// `spile why host NAME`.
  struct Groups: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "host", abstract: "Show the groups of a host, and how it got into each.")

    @ArgumentParser.Argument(help: "The host.") var name: String
    @OptionGroup(title: "Hosts") var inventory: InventoryOptions
    @OptionGroup(title: "Variables") var variables: VariableOptions
    @Option(help: "text for people, json for machines.") var output = OutputOptions.Form.text

    func run() throws {
      let context = try HostContext(inventory, variables)
      let explanation = HostExplanation(
        host: try context.host(named: name), inventory: context.inventory)
      WhyCommand.show(explanation.json, explanation.lines, output)
    }
  }

  /// `spile why task PLAYBOOK TASK`.
  struct Order: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "task",
      abstract: "Show what a task waits for, what waits for it, and what guards it.")

    @ArgumentParser.Argument(
      help: "The playbook.", completion: .file(extensions: ["yml", "yaml"]))
    var playbook: String
    @ArgumentParser.Argument(help: "The name of the task, or its id.") var task: String
    @OptionGroup(title: "Hosts") var inventory: InventoryOptions
    @OptionGroup(title: "Variables") var variables: VariableOptions
    @Option(
      help: ArgumentHelp("The host to look at; else the first of the play.", valueName: "name"))
    var host: String?
    @Option(help: "text for people, json for machines.") var output = OutputOptions.Form.text

    func run() throws {
      var composition = Composition(variables.vault)
      let loaded = try WhyCommand.load(playbook, inventory, variables, &composition)
      var options = RunOptions(mode: .plan)
      options.limit = loaded.limitedHosts
      let program = composition.compile(loaded, options)
      guard let program else {
        try Complaints.show(composition.diagnostics)
        throw ExitCode(ExitStatus.couldNotStart)
      }
      let search = TaskSearch(program: program, wanted: task)
      let found = try search.explanations(host: host)
      WhyCommand.show(
        .list(found.map(\.json)), Array(found.map(\.lines).joined(separator: [""])), output)
    }
  }

  static func show(_ json: Value, _ lines: [String], _ form: OutputOptions.Form) {
    switch form {
    case .json: StandardStream.output.line(JSON.text(json, style: .indented))
    case .text: for line in lines { StandardStream.output.line(line) }
    }
  }

  /// Loads a playbook with its inventory, or ends the command where something is wrong; warnings are not shown, for they are not what was asked.
  static func load(
    _ playbook: String, _ inventory: InventoryOptions, _ variables: VariableOptions,
    _ composition: inout Composition
  ) throws -> Composition.Loaded {
    let loaded = composition.load(
      Composition.Request(
        playbook: playbook, inventory: inventory, extraVariables: variables.extraVars,
        settings: RunSettings()))
    guard let loaded, !composition.diagnostics.hasErrors else {
      try Complaints.show(composition.diagnostics)
      throw ExitCode(ExitStatus.couldNotStart)
    }
    return loaded
  }
}
