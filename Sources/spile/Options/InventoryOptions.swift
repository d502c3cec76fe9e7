import ArgumentParser

/// Which hosts there are, and which of them are meant.
struct InventoryOptions: ParsableArguments {
  @Option(
    name: [.customShort("i", allowingJoined: true), .long],
    help: ArgumentHelp(
      "An inventory: a YAML or INI file, a program that prints JSON, a folder of them, or names with a comma"
        + " (`web1,web2,`). May be repeated; later ones win.",
      discussion: "Without it, SPILE_INVENTORY names one.", valueName: "source"),
    completion: .file())
  var inventory: [String] = []

  @Option(
    name: [.customShort("l", allowingJoined: true), .long],
    help: ArgumentHelp(
      "Only hosts of this pattern; @FILE reads patterns from a file.", valueName: "pattern"))
  var limit: String?

  @Option(
    help: ArgumentHelp(
      "Seconds until a program that prints an inventory is given up.", valueName: "seconds"))
  var inventoryTimeout: Int = 120

  func validate() throws {
    if inventoryTimeout < 1 { throw ValidationError("--inventory-timeout must be at least 1") }
  }

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

  @OptionGroup var vault: VaultOptions
}

/// Where playbooks lie, for commands that have none.
struct PlaybookFolderOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A folder of playbooks: its group_vars and host_vars count too.", valueName: "folder"),
    completion: .directory)
  var playbookDir: String?
}
