import ArgumentParser
import Bundle
import Diagnostics
import Engine
import Report
import Schema

/// `spile bundle push`.
struct BundlePushCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "push",
    abstract: "Send to hosts what they lack of bundles, into /var/lib/spile/blobs/sha256.",
    discussion: """
      Only what a host lacks is sent, in pieces of 8 MiB, each compared on the host; cut off anywhere, the next push goes \
      on from the last whole piece. Items for other architectures and systems are left out. Hosts are worked on as root.

      Exit status: 2 where a host has not got everything, 4 where one was unreachable.
      """)

  @ArgumentParser.Argument(
    help: "The bundles; a delta's base may be among them.", completion: .file())
  var bundles: [String]
  @OptionGroup var trust: TrustOptions
  @OptionGroup(title: "Hosts") var inventory: InventoryOptions
  @OptionGroup(title: "Variables") var variables: VariableOptions
  @OptionGroup(title: "Connection") var connection: ConnectionOptions
  @OptionGroup(title: "Privilege") var privilege: PrivilegeOptions
  @Option(
    name: [.customShort("f", allowingJoined: true), .long],
    help: ArgumentHelp("Hosts sent to at once.", valueName: "number"))
  var forks: Int = 10
  @Flag(help: "Send items for other architectures and systems too.") var everything = false
  @Flag(help: "Remove blobs on the hosts that none of the bundles names.") var prune = false
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if bundles.isEmpty { throw ValidationError("name a bundle") }
    if forks < 1 { throw ValidationError("--forks must be at least 1") }
  }

  func run() async throws {
    let bundles = try trust.bundles(bundles)
    let context = try HostContext(inventory, variables)
    var options = RunOptions(mode: .apply)
    var bag = DiagnosticBag()
    connection.fill(&options, &bag)
    privilege.fill(&options, &bag)
    options.become = true
    options.forks = forks
    if context.hosts.isEmpty {
      bag.add(
        Diagnostic(.error, "no-hosts", "no host of the inventory is left", help: "see --limit"))
    }
    try Complaints.show(bag)
    let run = PushRun(
      context: context, options: options, ssh: connection.sshOptions, bundles: bundles,
      sendsAll: everything, prunes: prune)
    let records = try await run.run(PushBoard(hostCount: context.hosts.count))
    if json {
      let hosts = Value.list(records.map(PushText.json))
      StandardStream.output.line(JSON.text(.dict(["hosts": hosts]), style: .indented))
    } else {
      for line in PushText.lines(records) { StandardStream.output.line(line) }
    }
    if let signal = Interruption.signal { throw ExitCode(128 + signal) }
    let failures = records.compactMap(\.failure)
    if failures.contains(where: \.isUnreachable) { throw ExitCode(4) }
    if !failures.isEmpty { throw ExitCode(2) }
  }
}

/// What came of sending, for people and for machines.
private enum PushText {
  static func lines(_ records: [PushRecord]) -> [String] {
    let style = Style(isColoured: Process.wantsColour(.output))
    var table = TextTable(
      ["HOST", "SENT", "BLOBS", "THERE", "BLOBS", "OTHER", "REMOVED", "STATE"],
      numbers: [1, 2, 3, 4, 5, 6])
    func number(_ count: Int) -> String { count == 0 ? "" : String(count) }
    for record in records {
      table.add([
        record.host, ByteCount.text(record.sentBytes), String(record.sentBlobs),
        ByteCount.text(record.presentBytes), String(record.presentBlobs), number(record.leftOut),
        number(record.removed), state(record),
      ])
    }
    let failures = records.filter { $0.failure != nil }.map { record in
      var text = style.paint("\(record.host): \(record.failure?.message ?? "")", .failure)
      if let help = record.failure?.help { text += "\n  help: \(help)" }
      return text
    }
    return table.lines(style) + (failures.isEmpty ? [] : [""] + failures)
  }

  private static func state(_ record: PushRecord) -> String {
    guard let failure = record.failure else { return "complete" }
    return failure.isUnreachable ? "unreachable" : "incomplete"
  }

  static func json(_ record: PushRecord) -> Value {
    var map: ValueMap = [
      "host": .string(record.host), "state": .string(state(record)),
      "sent_bytes": .int(record.sentBytes), "sent_blobs": .int(record.sentBlobs),
      "present_bytes": .int(record.presentBytes), "present_blobs": .int(record.presentBlobs),
      "left_out_items": .int(record.leftOut), "removed_blobs": .int(record.removed),
    ]
    if let failure = record.failure { map["error"] = .string(failure.message) }
    return .dict(map)
  }
}
