import Diagnostics
import ModuleKit
import Schema

/// `cron`: an entry or a variable of a crontab.
struct CronModule: StateModule {
  enum State: String, ParameterChoice { case present, absent }
  enum Special: String, ParameterChoice {
    case annually, daily, hourly, monthly, reboot, weekly, yearly
  }

  private let entry: String
  private let isWanted: Bool
  /// The line that is wished.
  private let line: String
  private let isVariableWished: Bool
  private let place: (after: String?, before: String?)
  private let account: String?
  /// nil for a user's own crontab.
  private let file: WholeFile?

  init(_ arguments: Arguments) throws(Diagnostic) {
    entry = try arguments[Self.name]
    isWanted = try arguments[Self.state] == .present
    isVariableWished = try arguments[Self.isVariable]
    place = (try arguments[Self.after], try arguments[Self.before])
    account = try arguments[Self.user]
    file = try Self.file(arguments)
    line = try Self.line(arguments, inFile: file != nil)
    if file != nil, isWanted, account == nil, !isVariableWished {
      throw Diagnostic(
        .error, "missing-parameter", "`cron_file` needs `user`", at: arguments.span)
    }
    if entry.contains(where: \.isNewline) || isVariableWished && entry.contains(" ") {
      throw Diagnostic(
        .error, "cron-name", "`\(entry)` cannot be the name of an entry or variable",
        at: arguments.span(of: Self.name.manual))
    }
  }

  private static func file(_ arguments: Arguments) throws(Diagnostic) -> WholeFile? {
    guard let name = try arguments[file] else { return nil }
    let path = name.hasPrefix("/") ? HostPath(name) : HostPath("/etc/cron.d/\(name)")
    guard let path, path.string != "/etc/crontab" else {
      throw Diagnostic(
        .error, "cron-file", "`\(name)` is not managed as a `cron_file`",
        at: arguments.span(of: file.manual), help: "name a file below /etc/cron.d")
    }
    return WholeFile(path: path, keepsBackup: try arguments[backup])
  }

  private static func line(_ arguments: Arguments, inFile: Bool) throws(Diagnostic) -> String {
    guard try arguments[state] == .present else { return "" }
    guard let job = try arguments[job] else {
      throw Diagnostic(
        .error, "missing-parameter", "`state: present` needs `job`", at: arguments.span)
    }
    let command = String(job.trimmedLines)
    guard !command.contains(where: \.isNewline) else {
      throw Diagnostic(
        .error, "cron-job", "`job` must be one line", at: arguments.span(of: Self.job.manual))
    }
    if try arguments[isVariable] { return "\(try arguments[name])=\"\(command)\"" }
    var times: [String] = []
    for field in fields { times.append(try arguments[field]) }
    if let word = try arguments[special] {
      if times.contains(where: { $0 != "*" }) {
        throw Diagnostic(
          .error, "exclusive-parameters", "`special_time` stands alone, without fields of time",
          at: arguments.span(of: special.manual))
      }
      times = ["@\(word.rawValue)"]
    }
    for time in times where time.isEmpty || time.contains(where: \.isWhitespace) {
      throw Diagnostic(
        .error, "cron-time", "`\(time)` is no field of a crontab", at: arguments.span)
    }
    let owner = inFile ? [try arguments[user] ?? "root"] : []
    return (try arguments[disabled] ? "#" : "") + (times + owner + [command]).joined(separator: " ")
  }

  func reads(given facts: FactView) -> [FactRequest] {
    file?.reads(given: facts) ?? [FactRequest(CrontabFact.self, account ?? "")]
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    if let file {
      let text = try file.text(from: facts)
      guard let after = try edited(text ?? "") else { return [] }
      return try file.changes(to: after.isEmpty && !isWanted ? nil : after.text, from: facts)
    }
    let fact = try facts.fact(CrontabFact.self, account ?? "")
    let before = CronLines(fact?.text ?? "").text
    guard let after = try edited(before)?.text else { return [] }
    let flags = account.map { ["-u", $0] } ?? []
    let key = FactKey(CrontabFact.self, account ?? "")
    return [
      Change(
        "crontab \(account ?? "of the task's user")", "content",
        fact == nil ? .create : .update, from: fact == nil ? .absent : .content(before),
        to: .content(after),
        steps: [
          Step(
            "write the crontab", "crontab \(words: flags + ["-"])", input: Blob(Array(after.utf8)),
            footprint: Footprint([.key(key), .tree("/var/spool/cron")]))
        ],
        predicts: [
          Prediction(CrontabFact.self, account ?? "", .present(CrontabFact(text: after)))
        ])
    ]
  }

  /// The lines afterwards; nil where nothing differs.
  private func edited(_ text: String) throws(Obstacle) -> CronLines? {
    var lines = CronLines(text)
    let before = lines.lines
    switch (isVariableWished, isWanted) {
    case (true, true):
      guard lines.set(variable: entry, to: line, after: place.after, before: place.before) else {
        throw .refusing(
          "cron-variable",
          "the crontab has no variable `\(place.after ?? place.before ?? "")` to put `\(entry)` beside"
        )
      }
    case (true, false): lines.remove(variable: entry)
    case (false, true): lines.set(entry, to: line)
    case (false, false): lines.remove(entry)
    }
    return lines.lines == before ? nil : lines
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    let text =
      file.flatMap { facts.known(ContentFact.self, $0.path.string)?.content }
      .map { String(decoding: $0.bytes, as: UTF8.self) }
      ?? facts.known(CrontabFact.self, account ?? "")?.text ?? ""
    let lines = CronLines(text)
    var result: ValueMap = [
      "jobs": .list(lines.names.map { .string($0) }),
      "envs": .list(lines.variables.map { .string($0) }),
    ]
    result["cron_file"] = file.map { .string($0.path.string) }
    return result
  }
}

extension String {
  /// Without line ends at both sides.
  fileprivate var trimmedLines: Substring {
    var rest = self[...]
    while rest.first?.isNewline ?? false { rest = rest.dropFirst() }
    while rest.last?.isNewline ?? false { rest = rest.dropLast() }
    return rest
  }
}
