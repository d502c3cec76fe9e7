import ArgumentParser
import Diagnostics
import Model
import Report
import Schema
import Template

/// `spile inventory`: what the inventory says.
struct InventoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inventory", abstract: "Show hosts, groups and variables.",
    subcommands: [List.self, ShowHost.self])

  /// `spile inventory list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show groups and hosts as JSON, as `ansible-inventory --list` does.",
      discussion: "Values are as written, templates not rendered; secrets are masked.")

    @OptionGroup var inventory: InventoryOptions
    @OptionGroup var variables: VariableOptions
    @OptionGroup var playbook: PlaybookFolderOptions
    @Flag(help: "Draw the groups as a tree instead.") var graph = false

    func run() throws {
      let context = try HostContext(inventory, variables, playbookFolder: playbook.playbookDir)
      let listing = InventoryListing(context: context)
      StandardStream.output.line(
        graph ? listing.tree : JSON.text(listing.json, style: .indented))
    }
  }

  /// `spile inventory host NAME`.
  struct ShowHost: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "host", abstract: "Show the variables of a host, and where each was set.")

    @ArgumentParser.Argument(help: "The host.") var name: String
    @OptionGroup var inventory: InventoryOptions
    @OptionGroup var variables: VariableOptions
    @OptionGroup var playbook: PlaybookFolderOptions
    @Flag(name: [.customShort("v"), .customLong("verbose")], help: "Also what was overridden.")
    var isVerbose = false

    func run() throws {
      let context = try HostContext(inventory, variables, playbookFolder: playbook.playbookDir)
      let host = try context.host(named: name)
      for line in VariableListing(context: context, host: host, showsLosers: isVerbose).lines {
        StandardStream.output.line(line)
      }
    }
  }
}
