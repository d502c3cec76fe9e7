import Diagnostics
import ModuleKit
import Schema

/// `lineinfile`: one line of a file.
struct LineInFileModule: StateModule {
  enum State: String, ParameterChoice { case present, absent }

  private let edit: FileEdit
  private let state: State
  private let line: String?
  private let pattern: PatternText?
  private let needle: String?
  private let place: LinePlace
  private let usesGroups: Bool
  private let takesFirst: Bool

  init(_ arguments: Arguments) throws(Diagnostic) {
    state = try arguments[Self.state]
    edit = try FileEdit(
      arguments, creates: try arguments[FileEdit.creates] && state == .present)
    line = try arguments[Self.line]
    pattern = try arguments[Self.pattern]
    needle = try arguments[Self.needle]
    usesGroups = try arguments[Self.usesGroups]
    takesFirst = try arguments[Self.takesFirst]
    place = try LinePlace(
      after: try arguments[LinePlace.after], before: try arguments[LinePlace.before])
    if state == .present, line == nil {
      throw Diagnostic(
        .error, "missing-parameter", "`state: present` needs `line`", at: arguments.span)
    }
    if state == .absent, line == nil, pattern == nil, needle == nil {
      throw Diagnostic(
        .error, "missing-parameter",
        "`state: absent` needs one of `line`, `regexp`, `search_string`", at: arguments.span)
    }
    if usesGroups, pattern == nil {
      throw Diagnostic(
        .error, "missing-parameter", "`backrefs` needs `regexp`",
        at: arguments.span(of: Self.usesGroups.manual))
    }
  }

  func reads(given facts: FactView) -> [FactRequest] { edit.reads(given: facts) }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    try edit.changes(from: facts) { bytes throws(Obstacle) in
      switch state {
      case .absent: try bytes.map { bytes throws(Obstacle) in try without(bytes) }
      case .present: try with(bytes ?? [])
      }
    }
  }

  func result(before: FactView, after: FactView, replies: [StepReply]) -> ValueMap {
    var result = edit.result(from: after, replies: replies)
    let backup = result["backup_file"] ?? .string("")
    let bytes = edit.bytes(before)
    if state == .absent {
      guard let bytes else {
        result["msg"] = .string("file not present")
        return result
      }
      let found = fileLines(bytes).count { (try? isUnwanted($0)) ?? false }
      result["found"] = .int(found)
      result["msg"] = .string(
        edit.message(found > 0 ? "\(found) line(s) removed" : "", before: before))
    } else {
      result["msg"] = .string(edit.message(done(to: bytes ?? []), before: before))
    }
    result["backup"] = backup
    return result
  }

  private func done(to bytes: [UInt8]) -> String {
    guard let new = try? with(bytes), new != bytes else { return "" }
    return fileLines(new).count > fileLines(bytes).count ? "line added" : "line replaced"
  }

  // MARK: - Absent

  private func without(_ bytes: [UInt8]) throws(Obstacle) -> [UInt8] {
    var kept: [[UInt8]] = []
    for line in fileLines(bytes) where try !isUnwanted(line) { kept.append(line) }
    return kept.flatMap(\.self)
  }

  private func isUnwanted(_ current: [UInt8]) throws(Obstacle) -> Bool {
    if pattern != nil || needle != nil { return try isMatch(current) }
    return current.withoutLineEnd.elementsEqual((line ?? "").utf8)
  }

  private func isMatch(_ current: [UInt8]) throws(Obstacle) -> Bool {
    if let pattern { return try LinePattern(pattern.text).search(current) != nil }
    guard let needle else { return false }
    return contains(current, Array(needle.utf8))
  }

  private func contains(_ line: [UInt8], _ needle: [UInt8]) -> Bool {
    guard needle.count <= line.count else { return false }
    return (0...(line.count - needle.count)).contains { start in
      line[start..<start + needle.count].elementsEqual(needle)
    }
  }

  // MARK: - Present

  /// The line that a pattern finds is replaced; else the same line anywhere counts; else it is put into its place.
  private func with(_ bytes: [UInt8]) throws(Obstacle) -> [UInt8] {
    var lines = fileLines(bytes)
    let wished = Array((line ?? "").utf8)
    let found = try matching(lines)
    if let found {
      let ending = Array("\n".utf8)
      let new = try usesGroups ? expanded(lines[found]) : wished
      lines[found] = new.endsWithNewline ? new : new + ending
      return lines.flatMap(\.self)
    }
    if lines.contains(where: { $0.withoutLineEnd.elementsEqual(wished) }) { return bytes }
    if usesGroups { return bytes }
    let index = try place.index(in: lines, takesFirst: takesFirst)
    if index > 0, !lines[index - 1].endsWithNewline { lines[index - 1].append(UInt8(ascii: "\n")) }
    lines.insert(wished + [UInt8(ascii: "\n")], at: index)
    return lines.flatMap(\.self)
  }

  /// The first or last line that `regexp` or `search_string` finds.
  private func matching(_ lines: [[UInt8]]) throws(Obstacle) -> Int? {
    guard pattern != nil || needle != nil else { return nil }
    var found: Int?
    for (index, line) in lines.enumerated() where try isMatch(line) {
      found = index
      if takesFirst { break }
    }
    return found
  }

  private func expanded(_ current: [UInt8]) throws(Obstacle) -> [UInt8] {
    guard let text = pattern?.text else { return current }
    let pattern = try LinePattern(text)
    guard let match = try pattern.search(current) else { return current }
    return Array(try pattern.expanding(line ?? "", from: match).utf8)
  }
}
