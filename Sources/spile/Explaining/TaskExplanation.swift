import Diagnostics
import Engine
import Model
import Report
import Schema

/// What a task waits for and what waits for it on a host, and what decides whether it runs.
struct TaskExplanation {
  let program: Program
  let match: TaskSearch.Match
  /// The host looked at; nil for a play without hosts.
  let host: String?

  private var play: CompiledPlay { match.play }
  private var keywords: Keywords? {
    if let task = match.task { return task.keywords }
    guard case .include(let include) = match.instruction.act else { return nil }
    return include.keywords
  }

  /// What a task's conditions, tags and limits are, with the places of the conditions.
  private var guards: [(word: String, text: String, span: Span?)] {
    var guards: [(word: String, text: String, span: Span?)] = []
    guard let keywords else { return [] }
    if let inclusion { guards.append(("inside", inclusion.title, inclusion.span)) }
    for condition in (inclusion?.conditions ?? []) + keywords.when {
      guards.append(("when", condition.text, condition.template.span))
    }
    let tags = unique((inclusion?.tags ?? []) + keywords.tags)
    if !tags.isEmpty { guards.append(("tags", tags.joined(separator: ", "), nil)) }
    if let setting = keywords.runOnce, setting.literal != false {
      guards.append(("run_once", "the first host runs it for all", setting.written.span))
    }
    if let setting = keywords.throttle {
      let number = setting.literal.map(String.init) ?? "a computed number of"
      guards.append(("throttle", "\(number) hosts at a time", setting.written.span))
    }
    if let text = keywords.delegateTo { guards.append(("delegate_to", text.text, text.span)) }
    if !play.play.serial.isEmpty {
      let batches = program.allPlays.count { $0.play.number == play.play.number }
      guards.append(("serial", "the hosts go in \(batches) batches", play.play.span))
    }
    return guards
  }

  private var inclusion:
    (title: String, span: Span?, conditions: [CompiledCondition], tags: [String])?
  {
    guard match.task != nil, case .include(let include) = match.instruction.act else { return nil }
    return (match.instruction.title, include.span, include.keywords.when, include.keywords.tags)
  }

  private func unique(_ words: [String]) -> [String] {
    var seen: Set<String> = []
    return words.filter { seen.insert($0).inserted }
  }

  // MARK: The graph

  private var hostPlace: Int? { host.flatMap { play.hosts.firstIndex(of: $0) } }

  private var before: [TaskWait] {
    guard let hostPlace, !match.instruction.isHandler, !match.isLater else { return [] }
    return program.predecessors(of: match.instruction.position, host: hostPlace, in: play)
  }

  private var after: [TaskWait] {
    guard let hostPlace, !match.instruction.isHandler, !match.isLater else { return [] }
    return program.successors(of: match.instruction.position, host: hostPlace, in: play)
  }

  /// The handlers that it notifies, or the tasks that notify it.
  private var notices: [(title: String, span: Span?)] {
    guard let task = match.task else { return [] }
    if match.instruction.isHandler {
      let names = Set([task.title] + task.listen)
      return play.play.allTasks.flatMap { other in
        other.notify.filter { names.contains($0.text) }.map { (other.title, $0.span) }
      }
    }
    let topics = Set(task.notify.map(\.text))
    return play.handlers.compactMap(\.task).filter { handler in
      !topics.isDisjoint(with: [handler.title] + handler.listen)
    }.map { ($0.title, $0.span) }
  }

  // MARK: Text

  var lines: [String] {
    let title = match.task?.title ?? match.instruction.title
    let span = match.task?.span ?? match.instruction.span
    var lines = ["\"\(title)\"\(at(span)) in the play \"\(play.name)\"\(at(play.play.span))"]
    lines.append(
      "  on \(HostList.count(play.hosts.count))" + (host.map { ", seen from \($0)" } ?? ""))
    if match.isLater {
      lines.append("  its order is known when it is reached: a play before it adds hosts or groups")
    }
    if match.instruction.isHandler {
      lines.append(
        "  a handler: it runs at the end of a section of the play, or at `meta: flush_handlers`")
      lines += section("notified by", notices.map { "\"\($0.title)\"\(at($0.span))" })
    } else {
      lines += section("waits for", before.map(text))
      lines += section("then", after.map(text))
      lines += section("notifies", notices.map { "\"\($0.title)\"\(at($0.span))" })
    }
    lines += section("guards", guards.map { "\($0.word): \($0.text)\(at($0.span))" })
    return lines
  }

  private func section(_ title: String, _ rows: [String]) -> [String] {
    rows.isEmpty ? [] : ["  \(title)"] + rows.map { "    \($0)" }
  }

  private func text(_ wait: TaskWait) -> String {
    let what = wait.isPlay ? "the play \"\(wait.title)\"" : "\"\(wait.title)\""
    let hosts = wait.hosts == [host] ? "" : " on \(HostList.text(wait.hosts))"
    let kind = wait.needsSuccess ? "" : ", whatever becomes of it"
    return "\(what)\(hosts)\(at(wait.span))\(kind): \(reason(wait.cause))"
  }

  private func reason(_ cause: TaskWait.Cause) -> String {
    switch cause {
    case .order: "the order of the play"
    case .needs(let span): "`needs`\(at(span))"
    case .linear(let why): why
    case .playOrder: "a play without `needs` waits for the one before it"
    case .batch: "`serial`: the next hosts wait for the ones before"
    }
  }

  private func at(_ span: Span?) -> String { span.map { " (\($0.line))" } ?? "" }

  // MARK: JSON

  var json: Value {
    let notices = notices.map { notice -> Value in
      ["task": .string(notice.title), "place": JSONPlace.value(notice.span)]
    }
    let guards = guards.map { row -> Value in
      ["word": .string(row.word), "text": .string(row.text), "place": JSONPlace.value(row.span)]
    }
    let isHandler = match.instruction.isHandler
    return [
      "task": .string(match.task?.title ?? match.instruction.title),
      "place": JSONPlace.value(match.task?.span ?? match.instruction.span),
      "play": .string(play.name), "host": host.map(Value.string) ?? .null,
      "handler": .bool(isHandler), "later": .bool(match.isLater),
      "waits_for": .list(before.map(json)),
      "then": .list(after.map(json)), (isHandler ? "notified_by" : "notifies"): .list(notices),
      "guards": .list(guards),
    ]
  }

  private func json(_ wait: TaskWait) -> Value {
    [
      "kind": .string(wait.isPlay ? "play" : "task"), "name": .string(wait.title),
      "place": JSONPlace.value(wait.span), "hosts": .list(wait.hosts.map(Value.string)),
      "needs_success": .bool(wait.needsSuccess), "why": .string(reason(wait.cause)),
    ]
  }
}
