import ModuleKit

/// A text as one word of sh in which the host's environment is put in: `$NAME`, `${NAME}`, and `~` or `~ACCOUNT` at its
/// beginning.
///
/// The rules are those of Python's `os.path.expandvars` and `os.path.expanduser`: what names no variable and no account
/// stays as it is, and quotes mean nothing.
struct ExpandedWord {
  private(set) var script: Script = ""
  private var rest: Substring

  /// Whether there is anything in a text that the environment could have a word in.
  static func isNeeded(for text: String) -> Bool { text.contains("$") || text.hasPrefix("~") }

  init(_ text: String) {
    rest = text[...]
    takeHome()
    while let dollar = rest.firstIndex(of: "$") {
      takeText(to: dollar)
      takeVariable()
    }
    takeText(to: rest.endIndex)
    if script.source.isEmpty { script = "''" }
  }

  /// The slash behind it must not be quoted, or the shell takes `~` for a letter.
  private mutating func takeHome() {
    guard rest.hasPrefix("~") else { return }
    let account = rest.dropFirst().prefix(while: ExpandedWord.isAccountCharacter)
    let path = rest.dropFirst(account.count + 1)
    guard path.isEmpty || path.hasPrefix("/") else { return }
    script = account.isEmpty ? "~" : "~\(String(account))"
    if !path.isEmpty { script = "\(script)/" }
    rest = path.dropFirst()
  }

  private mutating func takeText(to end: Substring.Index) {
    if end > rest.startIndex { script = "\(script)\(String(rest[..<end]))" }
    rest = rest[end...]
  }

  private mutating func takeVariable() {
    var name = rest.dropFirst()
    let isBraced = name.hasPrefix("{")
    if isBraced {
      guard let end = name.firstIndex(of: "}") else { return takeText(to: rest.endIndex) }
      name = name[..<end].dropFirst()
    } else {
      name = name.prefix { $0.isASCII && ExpandedWord.isNameCharacter($0) }
    }
    let length = name.count + (isBraced ? 3 : 1)
    guard let first = name.first, !first.isNumber, name.allSatisfy(ExpandedWord.isNameCharacter)
    else { return takeText(to: rest.index(rest.startIndex, offsetBy: length)) }
    // Scripts have a search path of their own; `native` commands get the account's.
    let variable = name == "PATH" ? "spile_native_path" : String(name)
    let value: Script =
      isBraced
      ? "\"${\(variable)-\\${\(String(name))\\}}\"" : "\"${\(variable)-\\$\(String(name))}\""
    script = "\(script)\(value)"
    rest = rest.dropFirst(length)
  }

  private static func isNameCharacter(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || character == "_")
  }

  private static func isAccountCharacter(_ character: Character) -> Bool {
    isNameCharacter(character) || character == "." || character == "-"
  }
}
