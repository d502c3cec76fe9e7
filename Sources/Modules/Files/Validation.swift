import Diagnostics
import ModuleKit
import Schema

/// A command that must accept a file before it is put into place: `/usr/sbin/visudo -cf %s`.
struct Validation: Sendable {
  private let words: [String]

  static let parameter = Parameter<String?>.optional(
    "validate",
    """
    A command that checks the new file before it replaces the old one; `%s` stands for its path. No shell is involved: \
    no pipes, no variables. A dry run tries it too, on a copy below `/run/spile`.
    """)

  /// `words`: of which one holds `%s`.
  init(words: [String]) { self.words = words }

  /// nil when the task names none.
  init?(_ arguments: Arguments) throws(Diagnostic) {
    guard let text = try arguments[Self.parameter] else { return nil }
    guard let words = shellWords(text) else {
      throw Diagnostic(
        .error, "unbalanced-quotes", "`validate` has a quote that is not closed",
        at: arguments.span(of: Self.parameter.manual))
    }
    guard words.contains(where: { $0.contains("%s") }) else {
      throw Diagnostic(
        .error, "validate-without-file", "`validate` must name the file as `%s`",
        at: arguments.span(of: Self.parameter.manual),
        help: "for example `validate: /usr/sbin/visudo -cf %s`")
    }
    self.words = words
  }

  /// Runs it on `$temp`; ends the step when it refuses.
  var script: Script {
    let command = words.reduce("" as Script) { command, word in
      let pieces = pieces(of: word)
      return "\(command) \(pieces)"
    }
    return """
      if ! (\(command)) </dev/null; then
        printf '%s\\n' 'the new file was refused by its validation; the old one is untouched' >&2
        exit 1
      fi
      """
  }

  /// Runs it on a file of its own that holds what `filling` prints, which goes again.
  func trial(
    of path: HostPath, filling: Script, input: Blob? = nil, isSecret: Bool = false
  ) -> Step {
    Step(
      "validate \(path)",
      """
      folder=/run/spile
      if ! { mkdir -p "$folder" && [ -w "$folder" ]; } 2>/dev/null; then folder=/tmp; fi
      temp=$(mktemp "$folder/trial.XXXXXX") || exit
      trap 'rm -f -- "$temp"' EXIT
      trap 'exit 143' HUP INT TERM
      { \(filling); } >"$temp" || exit
      \(script)
      """, input: input, footprint: .nothing, isSecret: isSecret)
  }

  /// One word, with `%s` replaced by the temp file's path.
  private func pieces(of word: String) -> Script {
    var script: Script = ""
    var rest = word[...]
    while let range = rest.firstRange(of: "%s") {
      let before = String(rest[..<range.lowerBound])
      script =
        before.isEmpty ? "\(script)\"$temp\"" : "\(script)\(before)\"$temp\""
      rest = rest[range.upperBound...]
    }
    return rest.isEmpty && word.contains("%s") ? script : "\(script)\(String(rest))"
  }
}
