import ModuleKit
import Schema

/// What find(1) is asked to look for below a folder; the part of `find` that a host decides.
struct FindQuery: Sendable, Hashable {
  /// Levels below the folder, at least 1; nil for all.
  var depth: Int?
  /// Whether symbolic links to folders are descended into.
  var follows = false
  /// The letter of find(1)'s `-type`; nil for every type.
  var type: String?
  /// The tool that makes digests of files, such as `sha1sum`; nil for none.
  var digestTool: String?
  /// An extended regular expression of which a line of a file must have a match; nil for none.
  var content: String?
  /// Shell patterns of names, of which one must match; none means all.
  var names: [String] = []

  private static let fieldEnd = "\u{1F}"

  init() {}

  /// As a want of `FindFact`.
  var want: String {
    let fields = [
      depth.map(String.init) ?? "", follows ? "L" : "", type ?? "", digestTool ?? "", content ?? "",
    ]
    return (fields + names).joined(separator: FindQuery.fieldEnd)
  }

  init?(want: String) {
    let fields = want.split(separator: FindQuery.fieldEnd, omittingEmptySubsequences: false)
      .map(String.init)
    guard fields.count >= 5 else { return nil }
    depth = Int(fields[0])
    follows = fields[1] == "L"
    type = fields[2].isEmpty ? nil : fields[2]
    digestTool = fields[3].isEmpty ? nil : fields[3]
    content = fields[4].isEmpty ? nil : fields[4]
    names = Array(fields[5...])
  }

  /// The command and where it starts; `//` at a folder's end makes find(1) follow a link that the folder itself is.
  private func start(_ folder: String) -> Script {
    let root = folder == "/" ? "/" : folder + "/"
    var script: Script = follows ? "find -L \(root) -mindepth 1" : "find \(root) -mindepth 1"
    if let depth { script = "\(script) -maxdepth \(depth)" }
    return script
  }

  /// The tests of find(1) that narrow what is found.
  private var tests: Script {
    var script: Script = ""
    if let type, !follows { script = "\(script) -type \(type)" }
    if let first = names.first {
      let alternatives = names.dropFirst().reduce("-name \(FindQuery.escaped(first))" as Script) {
        "\($0) -o -name \(FindQuery.escaped($1))"
      }
      script = "\(script) \\( \(alternatives) \\)"
    }
    if let content { script = "\(script) -type f -exec grep -qE -e \(content) {} \\;" }
    return script
  }

  /// In `fnmatch` of Python a backslash is a character like any other.
  private static func escaped(_ pattern: String) -> String {
    pattern.replacing("\\", with: "\\\\")
  }

  /// Prints the number of things below a folder, then batches: a listing of stat(1), and for each thing its name and
  /// digest (`-` for none), up to an empty record.
  func script(_ folder: String) -> Script {
    let digest: Script =
      digestTool.map {
        """
        sum=-
        if [ -f "$file" ] && [ ! -L "$file" ]; then sum=$(\($0) <"$file") || sum=-; fi
        printf "%s\\0" "${sum%% *}"
        """
      } ?? "printf -- \"-\\0\""
    let batch: Script = """
      printf "%s\\n\\0" "$(stat -c "%f|%u|%U|%g|%G|%s|%d|%i|%h|%X|%x|%Y|%y|%Z|%z|%n" -- "$@")"
      for file do
      printf "%s\\0" "$file"
      \(digest)
      done
      printf "\\0"
      """
    return """
      put "$(\(start(folder)) -print0 2>/dev/null | tr -cd '\\0' | wc -c)"
      \(start(folder)) \(tests) -exec sh -c \(batch.source) sh {} +
      """
  }
}
