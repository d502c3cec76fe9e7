import Schema

/// `lookup('password', 'PATH length=20 chars=ascii_letters,digits')`.
extension Lookups {
  /// What `chars` may name (the constants of Python's module `string`); anything else is meant letter by letter.
  private static let alphabets: [String: String] = {
    let small = "abcdefghijklmnopqrstuvwxyz"
    let letters = small + small.uppercased()
    let signs = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
    return [
      "ascii_lowercase": small, "ascii_uppercase": small.uppercased(), "ascii_letters": letters,
      "digits": "0123456789", "hexdigits": "0123456789abcdefABCDEF", "octdigits": "01234567",
      "punctuation": signs, "printable": "0123456789" + letters + signs + " ",
      "whitespace": " \t\n\r\u{0B}\u{0C}",
    ]
  }()

  /// The password that a file of the controller holds; one is made, and kept there, where there is no such file.
  ///
  /// The file `/dev/null` keeps nothing.
  static func password(_ call: LookupCall) throws -> [Item] {
    try call.texts().map { text in
      let (path, options) = try call.termWithOptions(text)
      for name in ["encrypt", "ident", "seed"] where options[name].map({ !$0.isEmpty }) == true {
        throw call.fail(
          name == "seed"
            ? "`seed` is not supported: its passwords could be guessed"
            : "`\(name)` is not supported; use the filter `password_hash`")
      }
      guard let length = Int(options["length"] ?? "20"), length > 0 else {
        throw call.fail("`length` must be a positive number")
      }
      let letters = alphabet(options["chars"] ?? "ascii_letters,digits,.,,:-_")
      call.context.noteSecret()
      func made() -> String {
        String((0..<length).map { _ in letters[call.context.random.next(below: letters.count)] })
      }
      if path == "/dev/null" { return .value(.text(Text(made(), marks: .secret))) }
      guard let kept = try call.context.renderer.resources.keptPassword(path, make: made) else {
        return .value(.unknown(Unknown("a password that is made when it is first used")))
      }
      return .value(.text(Text(plain(kept), marks: .secret)))
    }
  }

  /// The password of a file's content, without the salt that Ansible may have put behind it.
  private static func plain(_ content: String) -> String {
    let text = PythonText.stripped(content, nil, .right)
    return PythonText.split(text, separator: " salt=").first ?? text
  }

  /// Comma-separated names and letters; two commas mean a comma.
  private static func alphabet(_ text: String) -> [Character] {
    var parts = PythonText.split(text.replacing(",,", with: ","), separator: ",")
    if text.contains(",,") || text == "," { parts.append(",") }
    let letters = parts.flatMap { alphabets[$0] ?? $0 }
    return letters.isEmpty ? Array(alphabets["ascii_letters"] ?? "") : letters
  }
}
