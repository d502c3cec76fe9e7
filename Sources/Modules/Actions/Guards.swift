import Diagnostics
import ModuleKit
import Schema

/// When a command has nothing to do: `creates`, `removes`, `unless`, `onlyif`.
struct Guards: Sendable {
  /// A path to look for, or a pattern with `*`, `?` or `[`.
  private enum Place: Sendable {
    case path(HostPath)
    case pattern(String)
    /// A path or pattern as it was written: with words of the account's environment, or below a folder, else the home.
    case native(String, HostPath?)

    var request: FactRequest {
      switch self {
      case .path(let path): FactRequest(FileFact.self, path.string)
      case .pattern(let pattern): FactRequest(CommandFact.self, Place.search("\(pattern)"))
      case .native(let text, let folder):
        FactRequest(CommandFact.self, Place.search(text, below: folder))
      }
    }

    var text: String {
      switch self {
      case .path(let path): path.string
      case .pattern(let text), .native(let text, _): text
      }
    }

    func isThere(_ facts: FactView) throws(Obstacle) -> Bool {
      switch self {
      case .path(let path):
        if facts.reading(FileFact.self, path.string) == .unreadable(FileFact.notADirectory) {
          return false
        }
        return try facts.fact(FileFact.self, path.string) != nil
      case .pattern(let pattern):
        return try facts.fact(CommandFact.self, Place.search("\(pattern)"))?.succeeded ?? false
      case .native(let text, let folder):
        let search = Place.search(text, below: folder)
        return try facts.fact(CommandFact.self, search)?.succeeded ?? false
      }
    }

    /// Source that succeeds when something matches: an unquoted variable is expanded, and split at nothing.
    private static func search(_ word: Script) -> String {
      let script: Script = """
        pattern=\(word)
        IFS=
        set -- $pattern
        [ -e "$1" ] || [ -L "$1" ]
        """
      return script.source
    }

    private static func search(_ text: String, below folder: HostPath?) -> String {
      let place: Script =
        folder.map { "cd -- \($0.string) || exit" } ?? "cd \"${HOME:-/}\" 2>/dev/null || cd /"
      return place.source + "\n" + search(ExpandedWord(text).script)
    }
  }

  private let creates: Place?
  private let removes: Place?
  private let unless: String?
  private let onlyIf: String?
  private let folder: HostPath?

  static let creates = Parameter<String?>.optional(
    "creates",
    "A path, or a pattern such as `/opt/x-*`: the command runs only if there is nothing. Relative to `chdir`, or to the account's home; `~` and `$NAME` count."
  )
  static let removes = Parameter<String?>.optional(
    "removes",
    "A path or pattern: the command runs only if there is something. Found as with `creates`.")
  static let unless = Parameter<String?>.optional(
    "unless",
    "A command for `sh` that changes nothing: the task's command runs only if this one fails.")
  static let onlyIf = Parameter<String?>.optional(
    "onlyif",
    "A command for `sh` that changes nothing: the task's command runs only if this one succeeds.")
  static let parameters = [creates.manual, removes.manual, unless.manual, onlyIf.manual]

  init(_ arguments: Arguments, folder: HostPath?) throws(Diagnostic) {
    self.folder = folder
    creates = try Guards.place(arguments, Self.creates, folder)
    removes = try Guards.place(arguments, Self.removes, folder)
    unless = try arguments[Self.unless].map { Guards.command($0, in: folder) }
    onlyIf = try arguments[Self.onlyIf].map { Guards.command($0, in: folder) }
  }

  private static func place(
    _ arguments: Arguments, _ parameter: Parameter<String?>, _ folder: HostPath?
  ) throws(Diagnostic) -> Place? {
    guard let text = try arguments[parameter] else { return nil }
    guard !ExpandedWord.isNeeded(for: text), let path = HostPath(text) ?? folder?.appending(text)
    else { return .native(text, folder) }
    let isPattern = text.contains { "*?[".contains($0) }
    return isPattern ? .pattern(path.string) : .path(path)
  }

  private static func command(_ text: String, in folder: HostPath?) -> String {
    guard let folder else { return text }
    let script: Script = "cd -- \(folder.string) || exit"
    return script.source + "\n" + text
  }

  /// Whether a dry run can tell if the command would run.
  var areGiven: Bool { creates != nil || removes != nil || unless != nil || onlyIf != nil }

  var reads: [FactRequest] {
    [creates?.request, removes?.request].compactMap { $0 }
      + [unless, onlyIf].compactMap { $0 }.map { FactRequest(CommandFact.self, $0) }
  }

  /// Why there is nothing to do, as Ansible words it; nil when the command has to run.
  func reason(_ facts: FactView) throws(Obstacle) -> String? {
    if let creates, try creates.isThere(facts) { return "skipped, since \(creates.text) exists" }
    if let removes, try !removes.isThere(facts) {
      return "skipped, since \(removes.text) does not exist"
    }
    if let unless, try facts.fact(CommandFact.self, unless)?.succeeded == true {
      return "skipped, since the command of `unless` succeeds"
    }
    if let onlyIf, try facts.fact(CommandFact.self, onlyIf)?.succeeded == false {
      return "skipped, since the command of `onlyif` fails"
    }
    return nil
  }

  /// What will hold after the command ran, as far as its guards say.
  var predictions: [Prediction] {
    guard case .path(let path) = removes else { return [] }
    return FileModule.absence(of: path)
  }
}
