import ArgumentParser

/// What is run of a playbook, and how it is shown.
struct RunSwitches: ParsableArguments {
  @Argument(help: "The playbook.", completion: .file(extensions: ["yml", "yaml"]))
  var playbook: String

  @Option(
    name: [.customShort("t", allowingJoined: true), .long],
    help: ArgumentHelp("Only tasks with one of these tags.", valueName: "tags"))
  var tags: [String] = []

  @Option(help: ArgumentHelp("Leave out tasks with one of these tags.", valueName: "tags"))
  var skipTags: [String] = []

  @Option(
    help: ArgumentHelp("Begin with the first task of this name or pattern.", valueName: "task"))
  var startAtTask: String?

  @Option(
    name: [.customShort("f", allowingJoined: true), .long],
    help: ArgumentHelp("Hosts talked to at once.", valueName: "number"))
  var forks: Int = 50

  @Flag(help: "Run notified handlers even on hosts that fail.")
  var forceHandlers = false

  @Option(
    help: ArgumentHelp(
      "Write the hosts that failed or were not reached here, for `--limit @FILE`.",
      valueName: "file"), completion: .file())
  var retryFile: String?

  @Flag(help: "List the hosts of each play and end.")
  var listHosts = false

  @Flag(help: "List the tasks of each play and end.")
  var listTasks = false

  @Flag(help: "List the tags of each play and end.")
  var listTags = false

  @Flag(help: "Check the syntax of the playbook and end.")
  var syntaxCheck = false

  @Flag(help: .hidden)
  var step = false

  func validate() throws {
    if step {
      throw ValidationError(
        """
        --step is not supported: hosts go their own ways, and changes are sent together
        help: `plan -D` shows what would change; --limit, --tags and --start-at-task run a part of it
        """)
    }
    if forks < 1 { throw ValidationError("--forks must be at least 1") }
  }

  /// The words of `--tags a,b --tags c`.
  static func words(_ options: [String]) -> [String] {
    options.flatMap { $0.split(separator: ",").map(String.init) }
  }
}

/// How results are shown.
struct OutputOptions: ParsableArguments {
  /// `--output`.
  enum Form: String, ExpressibleByArgument, CaseIterable { case text, json }

  @Option(help: ArgumentHelp("text for people, json for machines (a line for each event)."))
  var output = Form.text

  @Flag(name: [.customShort("v"), .customLong("verbose")], help: "Show more; may be repeated.")
  var verbosity: Int
}
