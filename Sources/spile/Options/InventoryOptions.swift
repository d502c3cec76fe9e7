import ArgumentParser

/// Which hosts there are, and which of them are meant.
struct InventoryOptions: ParsableArguments {
  @Option(
    name: [.customShort("i", allowingJoined: true), .long],
    help: ArgumentHelp(
      "An inventory: a YAML file, a folder, or names with a comma (`web1,web2,`). May be repeated.",
      discussion: "Without it, SPILE_INVENTORY names one.", valueName: "source"),
    completion: .file())
  var inventory: [String] = []

  @Option(
    name: [.customShort("l", allowingJoined: true), .long],
    help: ArgumentHelp(
      "Only hosts of this pattern; @FILE reads patterns from a file.", valueName: "pattern"))
  var limit: String?

  /// The sources, those of the environment when none are given.
  var sources: [String] {
    if !inventory.isEmpty { return inventory }
    guard let source = Process.variable("SPILE_INVENTORY"), !source.isEmpty else { return [] }
    return [source]
  }
}

/// Variables of the command line.
struct VariableOptions: ParsableArguments {
  @Option(
    name: [.customShort("e", allowingJoined: true), .long], parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Variables that win over all others: name=value, JSON or YAML, or @FILE. May be repeated.",
      valueName: "variables"))
  var extraVars: [String] = []
}
