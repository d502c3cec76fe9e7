import Glibc

/// A regular expression over the names of hosts: POSIX extended syntax with `\d`, matched from the start of a name.
struct NameRegex: Sendable {
  /// Why a text is no regular expression.
  struct Failure: Error { let message: String }

  private let source: String

  init(_ text: String) throws(Failure) {
    source = NameRegex.posix(text)
    let status = NameRegex.withCompiled(source) { _ in }
    if let status { throw Failure(message: status) }
  }

  /// Whether a name begins with a match.
  func matchesStart(of name: String) -> Bool {
    var isMatch = false
    _ = NameRegex.withCompiled(source) { regex in
      isMatch = regexec(&regex, name, 0, nil, 0) == 0
    }
    return isMatch
  }

  /// Runs with the compiled expression; gives what is wrong with it, nil when nothing is.
  private static func withCompiled(_ source: String, _ body: (inout regex_t) -> Void) -> String? {
    var regex = regex_t()
    let status = regcomp(&regex, source, REG_EXTENDED | REG_NOSUB)
    guard status == 0 else {
      var text = [CChar](repeating: 0, count: 256)
      regerror(status, &regex, &text, text.count)
      return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        .lowercased()
    }
    body(&regex)
    regfree(&regex)
    return nil
  }

  private static func posix(_ text: String) -> String {
    var result = "^("
    var isEscaped = false
    for character in text {
      if isEscaped {
        result += character == "d" ? "[0-9]" : character == "D" ? "[^0-9]" : "\\\(character)"
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        result.append(character)
      }
    }
    return result + (isEscaped ? "\\" : "") + ")"
  }
}
