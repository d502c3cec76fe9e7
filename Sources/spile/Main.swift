import ArgumentParser

/// Where the process begins: parses the command line, runs the subcommand, ends with its status.
@main
enum Main {
  /// The first thread waits for signals, which every later thread has blocked; the work is done by others.
  static func main() {
    Interruption.block()
    Task.detached { Process.end(await run()) }
    Interruption.wait()
  }

  private static func run() async -> Int32 {
    do {
      var command = try parsed()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      return ExitStatus.success
    } catch let code as ExitCode {
      return code.rawValue
    } catch {
      return report(error)
    }
  }

  /// The command that the first word names, without a look at all the others; the whole tells mistakes and help.
  private static func parsed() throws -> any ParsableCommand {
    let words = Array(CommandLine.arguments.dropFirst())
    let named = Spile.configuration.subcommands.first {
      $0.configuration.commandName == words.first
    }
    if let named, let command = try? named.parseAsRoot(Array(words.dropFirst())) { return command }
    return try Spile.parseAsRoot()
  }

  /// Help and version go to standard output, mistakes to standard error with status 1.
  private static func report(_ error: any Error) -> Int32 {
    let text = Spile.fullMessage(for: error)
    guard Spile.exitCode(for: error).isSuccess else {
      StandardStream.errors.write(text.hasSuffix("\n") ? text : text + "\n")
      return ExitStatus.couldNotStart
    }
    StandardStream.output.write(text.isEmpty || text.hasSuffix("\n") ? text : text + "\n")
    return ExitStatus.success
  }
}

/// The command line's first word.
struct Spile: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "spile",
    abstract:
      "Brings hosts to the state that a playbook describes, and shows the difference first.",
    discussion: """
      Probe, compare, change only what differs, probe again.

      Exit status: 0 in sync or applied; 1 could not start; 2 a task failed; 4 a host was \
      unreachable; 16 changes are pending (drift, plan --detailed-exitcode); 130 or 143 interrupted.
      """,
    version: Version.text,
    subcommands: [
      PlanCommand.self, ApplyCommand.self, DriftCommand.self, CheckCommand.self,
      FactsCommand.self, RunCommand.self, GraphCommand.self, InventoryCommand.self,
      WhyCommand.self, ModuleCommand.self, VaultCommand.self, BundleCommand.self,
      RenderCommand.self, EvalCommand.self,
      VersionCommand.self,
    ])
}

/// What this program calls itself.
enum Version {
  static let number = "0.1.0"
  static let text = "spile \(number)"
}

/// How the process may end, besides what a run's record says.
enum ExitStatus {
  static let success: Int32 = 0
  static let couldNotStart: Int32 = 1
}
