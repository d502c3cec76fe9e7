import ArgumentParser

/// `spile version`.
struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Show the version.")

  func run() { StandardStream.output.line(Version.text) }
}
