import Diagnostics
import ModuleKit
import Schema

/// The attributes of chattr(1) that a task wishes for a file.
struct FileMarks: Sendable {
  /// `=`, `+` or `-`, and letters; nil where none are wished.
  private let flags: (sign: Character, letters: Set<Character>)?

  static let attributes = Parameter<String?>.optional(
    "attributes",
    "Letters of chattr(1): with `+` in front they are added, with `-` removed, else these and no others are there.",
    aliases: ["attr"])

  static let parameters = [attributes.manual]

  init(_ arguments: Arguments) throws(Diagnostic) {
    guard let text = try arguments[Self.attributes], !text.isEmpty else {
      flags = nil
      return
    }
    let sign = text.first.flatMap { "+-=".contains($0) ? $0 : nil }
    let letters = sign == nil ? text[...] : text.dropFirst()
    guard !letters.isEmpty, letters.allSatisfy({ $0.isASCII && $0.isLetter }) else {
      throw Diagnostic(
        .error, "file-attributes", "`\(text)` are no attributes of chattr(1)",
        at: arguments.span(of: Self.attributes.manual), help: "write `+i`, `-i` or `i`")
    }
    flags = (sign ?? "=", Set(letters))
  }

  var isEmpty: Bool { flags == nil }

  func reads(_ path: HostPath) -> [FactRequest] {
    isEmpty ? [] : [FactRequest(FileMarksFact.self, path.string)]
  }

  /// What has to be set before a file can be written (`-i`), and what after it.
  ///
  /// `isMade`: whether the task makes the file, or puts another in its place.
  func changes(
    of path: HostPath, from facts: FactView, isMade: Bool
  ) throws(Obstacle) -> (before: [Change], after: [Change]) {
    guard let flags, let fact = try facts.fact(FileMarksFact.self, path.string) else {
      return ([], [])
    }
    let now = isMade ? [] : fact.flags ?? []
    let wished: Set<Character> =
      switch flags.sign {
      case "+": now.union(flags.letters)
      case "-": now.subtracting(flags.letters)
      default: flags.letters
      }
    if wished == now { return ([], []) }
    if fact.exists, fact.flags == nil {
      throw .refusing(
        "file-attributes",
        "the file system of `\(path)` has no attributes, or the host no lsattr(1)"
      )
    }
    let word = String(flags.sign) + String(flags.letters.sorted())
    let change = Change(
      path.string, "attributes", from: .text(String(now.sorted())),
      to: .text(String(wished.sorted())),
      steps: [
        Step(
          "chattr \(path)", "chattr \(word) -- \(path.string)",
          footprint: .keys(FactKey(FileMarksFact.self, path.string)))
      ],
      predicts: [
        Prediction(
          FileMarksFact.self, path.string, .present(FileMarksFact(exists: true, flags: wished)))
      ])
    return flags.sign == "-" ? ([change], []) : ([], [change])
  }
}

/// A module about one file, which may have marks.
protocol FileStateModule: StateModule {
  /// The file that it is about, as far as that is known; nil where there is none to mark.
  func markedFile(_ facts: FactView) -> HostPath?
  /// What of the task marks are not for; nil where they are.
  var marksRefusal: String? { get }
}

extension FileStateModule {
  var marksRefusal: String? { nil }
}

/// A module about a file with the marks that its task wishes too.
struct Marked<Base: FileStateModule>: StateModule {
  let base: Base
  private let marks: FileMarks

  static var manual: Manual { Base.manual }

  init(_ arguments: Arguments) throws(Diagnostic) {
    base = try Base(arguments)
    marks = try FileMarks(arguments)
    if !marks.isEmpty, let refusal = base.marksRefusal {
      throw Diagnostic(
        .error, "unsupported-value", "`attributes` are not for \(refusal)",
        at: arguments.span, help: "set them with the module `file`, file by file")
    }
  }

  func reads(given facts: FactView) -> [FactRequest] {
    base.reads(given: facts) + (base.markedFile(facts).map { marks.reads($0) } ?? [])
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    let changes = try base.changes(from: facts)
    return try changes.marked(by: marks, of: base.markedFile(facts), facts)
  }

  func remaining(before: FactView, after: FactView) throws(Obstacle) -> [Change] {
    let changes = try base.remaining(before: before, after: after)
    return try changes.marked(by: marks, of: base.markedFile(after), after)
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    base.result(from: facts, replies: replies)
  }

  func result(before: FactView, after: FactView, replies: [StepReply]) -> ValueMap {
    base.result(before: before, after: after, replies: replies)
  }
}

extension [Change] {
  /// The changes with those of marks before and behind them.
  fileprivate func marked(
    by marks: FileMarks, of path: HostPath?, _ facts: FactView
  ) throws(Obstacle) -> [Change] {
    guard !marks.isEmpty, let path else { return self }
    let isMade = contains {
      $0.subject == path.string && ($0.action == .create || $0.attribute == "content")
    }
    let (before, after) = try marks.changes(of: path, from: facts, isMade: isMade)
    return before + self + after
  }
}
