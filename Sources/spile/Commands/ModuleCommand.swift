import ArgumentParser
import Diagnostics
import Model
import ModuleKit
import Modules
import Schema

/// `spile module`: what modules there are, and their manuals.
struct ModuleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "module", abstract: "List modules and show their manuals.",
    subcommands: [List.self, Doc.self])

  /// Every manual, those of the language's own modules included, by name.
  static var manuals: [Manual] {
    (Registry.all.manuals + LanguageModules.manuals).sorted { $0.name < $1.name }
  }

  /// `spile module list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List all modules.")

    func run() {
      let width = ModuleCommand.manuals.map(\.name.count).max() ?? 0
      for manual in ModuleCommand.manuals {
        let blanks = String(repeating: " ", count: width - manual.name.count)
        StandardStream.output.line("\(manual.name)\(blanks)  \(manual.summary)")
      }
    }
  }

  /// `spile module doc`.
  struct Doc: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the manual of a module: parameters, results, examples.")

    @ArgumentParser.Argument(
      help: "The module's name.", completion: .custom { _, _, _ in Registry.all.names })
    var name: String?

    @Flag(help: "Show the manuals of all modules: the reference.")
    var all = false

    @Flag(help: "Understood and always on: manuals are Markdown.")
    var markdown = false

    func validate() throws {
      if name == nil, !all { throw ValidationError("name a module, or give --all") }
    }

    func run() throws {
      if all {
        StandardStream.output.write(moduleReference(ModuleCommand.manuals))
        return
      }
      guard let name else { return }
      let manuals = ModuleCommand.manuals
      let named = manuals.first { $0.name == name || $0.aliases.contains(name) }
      if let manual = Registry.all.module(named: name)?.manual ?? named {
        StandardStream.output.write(manual.markdown())
        return
      }
      let close = suggestion(for: name, among: Registry.all.names)
      try Complaints.fail(
        Diagnostic(
          .error, "unknown-module", "there is no module `\(name)`",
          help: close.map { "did you mean `\($0)`?" } ?? "`spile module list` shows them all"))
    }
  }
}
