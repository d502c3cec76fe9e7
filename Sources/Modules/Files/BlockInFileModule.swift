import Diagnostics
import ModuleKit
import Schema

/// `blockinfile`: lines between two markers.
struct BlockInFileModule: StateModule {
  enum State: String, ParameterChoice { case present, absent }

  private let edit: FileEdit
  private let block: String
  private let firstMarker: String
  private let lastMarker: String
  private let place: LinePlace
  private let addsLineBefore: Bool
  private let addsLineAfter: Bool

  init(_ arguments: Arguments) throws(Diagnostic) {
    let state = try arguments[Self.state]
    edit = try FileEdit(
      arguments, creates: try arguments[FileEdit.creates] && state == .present)
    block = state == .present ? try arguments[Self.block] : ""
    let marker = try arguments[Self.marker]
    firstMarker = marker.replacing("{mark}", with: try arguments[Self.begin])
    lastMarker = marker.replacing("{mark}", with: try arguments[Self.end])
    place = try LinePlace(
      after: try arguments[LinePlace.after], before: try arguments[LinePlace.before])
    addsLineBefore = try arguments[Self.addsLineBefore] && state == .present
    addsLineAfter = try arguments[Self.addsLineAfter] && state == .present
    if firstMarker == lastMarker {
      throw Diagnostic(
        .error, "same-markers",
        "both markers are `\(firstMarker)`: the block could not be found again",
        at: arguments.span(of: Self.marker.manual), help: "put `{mark}` into `marker`")
    }
  }

  func reads(given facts: FactView) -> [FactRequest] { edit.reads(given: facts) }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    try edit.changes(from: facts) { bytes throws(Obstacle) in
      if bytes == nil, block.isEmpty { return nil }
      return try edited(bytes ?? [])
    }
  }

  func result(before: FactView, after: FactView, replies: [StepReply]) -> ValueMap {
    var result = edit.result(from: after, replies: replies)
    result["msg"] = .string(message(before))
    return result
  }

  private func message(_ facts: FactView) -> String {
    guard let bytes = edit.bytes(facts) else {
      return block.isEmpty
        ? "File \(edit.path) not present" : edit.message("File created", before: facts)
    }
    guard let new = try? edited(bytes), new != bytes else {
      return edit.message("", before: facts)
    }
    return edit.message(block.isEmpty ? "Block removed" : "Block inserted", before: facts)
  }

  private func edited(_ bytes: [UInt8]) throws(Obstacle) -> [UInt8] {
    var lines = fileLines(bytes)
    let first = lines.lastIndex { $0.withoutLineEnd.elementsEqual(firstMarker.utf8) }
    let last = lines.lastIndex { $0.withoutLineEnd.elementsEqual(lastMarker.utf8) }
    var index: Int
    if let first, let last {
      index = min(first, last)
      lines.removeSubrange(index...max(first, last))
    } else if block.isEmpty {
      return bytes
    } else {
      index = try place.index(in: lines, takesFirst: false)
    }
    if index > 0, !lines[index - 1].endsWithNewline { lines[index - 1].append(UInt8(ascii: "\n")) }
    let blank = [UInt8(ascii: "\n")]
    if addsLineBefore, index > 0, lines[index - 1] != blank {
      lines.insert(blank, at: index)
      index += 1
    }
    let block = blockLines
    lines.insert(contentsOf: block, at: index)
    let next = index + block.count
    if addsLineAfter, next < lines.count, lines[next] != blank { lines.insert(blank, at: next) }
    return lines.flatMap(\.self)
  }

  /// The block with its markers; nothing where there must be none.
  private var blockLines: [[UInt8]] {
    guard !block.isEmpty else { return [] }
    let text = block.hasSuffix("\n") ? block : block + "\n"
    return [Array((firstMarker + "\n").utf8)] + fileLines(Array(text.utf8))
      + [Array((lastMarker + "\n").utf8)]
  }
}

extension BlockInFileModule {
  static let state = Parameter<State>.optional(
    "state", "Whether the block must be there or not.", default: .present, shown: "present")
  static let block = Parameter<String>.optional(
    "block", "The lines. Empty removes the block and its markers.", default: "", shown: "\"\"",
    aliases: ["content"])
  static let marker = Parameter<String>.optional(
    "marker", "The line before and after the block; `{mark}` stands for a different word in each.",
    default: "# {mark} ANSIBLE MANAGED BLOCK", shown: "# {mark} ANSIBLE MANAGED BLOCK")
  static let begin = Parameter<String>.optional(
    "marker_begin", "What stands for `{mark}` in the line before the block.", default: "BEGIN",
    shown: "BEGIN")
  static let end = Parameter<String>.optional(
    "marker_end", "What stands for `{mark}` in the line after the block.", default: "END",
    shown: "END")
  static let addsLineBefore = Parameter<Bool>.optional(
    "prepend_newline", "Puts an empty line before the block, unless it begins the file.",
    default: false, shown: "false")
  static let addsLineAfter = Parameter<Bool>.optional(
    "append_newline", "Puts an empty line after the block, unless it ends the file.",
    default: false, shown: "false")

  static let manual = Manual(
    "blockinfile", .state, "Lines between two marker lines of a file.",
    notes: [
      """
      A file can have several blocks if their markers differ. The markers are those of Ansible, so blocks that it made \
      are found.
      """,
      "Patterns of `insertafter` and `insertbefore` have the syntax of Python's `re`.",
    ],
    parameters: [
      FileEdit.path.manual, block.manual, state.manual, marker.manual, begin.manual, end.manual,
      LinePlace.after.manual, LinePlace.before.manual, addsLineBefore.manual, addsLineAfter.manual,
      FileEdit.creates.manual,
    ] + FileEdit.parameters,
    exclusive: [["insertbefore", "insertafter"]], results: FileEdit.results,
    examples: [
      """
      - name: names of the cluster
        blockinfile:
          path: /etc/hosts
          marker: "# {mark} cluster"
          block: |
            10.0.0.10 api.cluster.example
            10.0.0.11 registry.cluster.example
      """,
      """
      - name: no proxy any more
        blockinfile:
          path: /etc/environment
          marker: "# {mark} proxy"
          state: absent
      """,
    ])
}
