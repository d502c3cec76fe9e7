import ArgumentParser
import Engine
import Graph
import Model

/// `spile graph`: what waits for what.
struct GraphCommand: ParsableCommand {
  /// `--format`.
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, dot, mermaid }

  static let configuration = CommandConfiguration(
    commandName: "graph",
    abstract: "Draw what waits for what: a node for each task, with the number of its hosts.",
    discussion: "`needs` waits for success, `after` for the end, whatever it is.")

  @Argument(help: "The playbook.", completion: .file(extensions: ["yml", "yaml"]))
  var playbook: String
  @OptionGroup(title: "Hosts") var inventory: InventoryOptions
  @OptionGroup(title: "Variables") var variables: VariableOptions
  @Option(help: "text, dot (Graphviz) or mermaid.") var format = Format.text

  func run() throws {
    var composition = Composition(variables.vault)
    let request = Composition.Request(
      playbook: playbook, inventory: inventory, extraVariables: variables.extraVars,
      settings: RunSettings())
    var options = RunOptions(mode: .plan)
    let loaded = composition.load(request)
    if let loaded { options.limit = loaded.limitedHosts }
    let program = loaded.flatMap { composition.compile($0, options) }
    try Complaints.show(composition.diagnostics)
    guard let program else { throw ExitCode(ExitStatus.couldNotStart) }
    let drawing = ProgramDrawing(program)
    switch format {
    case .text: StandardStream.output.write(drawing.graph.text(label: drawing.label))
    case .dot: StandardStream.output.write(drawing.graph.dot(name: playbook, label: drawing.label))
    case .mermaid: StandardStream.output.write(drawing.graph.mermaid(label: drawing.label))
    }
  }
}
