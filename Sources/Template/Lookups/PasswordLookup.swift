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

  private static let optionNames: Set = ["length", "chars", "encrypt", "ident", "seed"]

  /// The password that a file of the controller holds; one is made, and kept there, where there is no such file.
  ///
  /// The file `/dev/null` keeps nothing. With `encrypt` the answer is a hash, whose salt the file keeps too.
  static func password(_ call: LookupCall) throws -> [Item] {
    try call.texts().map { text in
      let (path, options) = try call.termWithOptions(text)
      if let name = options.keys.sorted().first(where: { !optionNames.contains($0) }) {
        throw call.fail("`\(name)` is not an option of `password`")
      }
      guard let length = Int(options["length"] ?? "20"), length > 0 else {
        throw call.fail("`length` must be a positive number")
      }
      let letters = try letters(call, options)
      var seeded = options["seed"].flatMap { $0.isEmpty ? nil : PythonRandom(text: $0) }
      let scheme = try options["encrypt"].flatMap { $0.isEmpty ? nil : $0 }
        .map { try PasswordScheme($0, ident: options["ident"]) }
      let context = call.context
      context.noteSecret()
      func content(_ old: String?) -> String {
        var kept =
          old.map(KeptPassword.init(content:))
          ?? KeptPassword(
            password: String(
              (0..<length).map { _ in
                letters[
                  seeded?.next(below: letters.count) ?? context.random.next(below: letters.count)]
              }))
        if let scheme {
          kept.salt = kept.salt ?? scheme.salt(context)
          kept.ident = kept.ident ?? scheme.ident
        }
        return kept.content
      }
      let stored =
        path == "/dev/null"
        ? content(nil) : try context.renderer.resources.keptPassword(path, content: content)
      guard let stored else {
        return .value(.unknown(Unknown("a password that is made when it is first used")))
      }
      let kept = KeptPassword(content: stored)
      if let ident = kept.ident, let wanted = scheme?.ident, ident != wanted {
        throw call.fail("`\(path)` keeps the ident `\(ident)`, not `\(wanted)`")
      }
      return .value(.text(Text(try scheme?.hash(kept) ?? kept.password, marks: .secret)))
    }
  }

  /// What passwords are made of: the option `chars` in the term, or as a list or text of its own.
  private static func letters(
    _ call: LookupCall, _ options: [String: String]
  ) throws -> [Character] {
    if case .list(let box) = call.option("chars") {
      let parts = try box.elements(in: call.context).map { try call.context.string($0) }
      return alphabet(of: parts)
    }
    return options["chars"].map(alphabet) ?? alphabet(of: ["ascii_letters", "digits", ".,:-_"])
  }

  /// Comma-separated names and letters; two commas mean a comma.
  private static func alphabet(_ text: String) -> [Character] {
    let parts = PythonText.split(text.replacing(",,", with: ","), separator: ",")
    let comma = text.contains(",,") || text == "," ? [","] : []
    return alphabet(of: comma + parts)
  }

  private static func alphabet(of parts: [String]) -> [Character] {
    let letters = parts.joined().isEmpty ? ["ascii_letters"] : parts
    return Array(letters.map { alphabets[$0] ?? $0 }.joined().filter { $0 != "\"" && $0 != "'" })
  }
}

/// The content of a file that `lookup('password')` keeps: the password, and what `encrypt` needs to give the same hash
/// again.
private struct KeptPassword {
  var password: String
  var salt: String?
  var ident: String?

  init(password: String) { self.password = password }

  init(content: String) {
    let text = PythonText.stripped(content, nil, .right)
    let parts = PythonText.split(text, separator: " salt=")
    guard parts.count > 1, let rest = parts.last else {
      password = text
      return
    }
    password = parts.dropLast().joined(separator: " salt=")
    let pair = PythonText.split(rest, separator: " ident=")
    salt = pair[0]
    if pair.count > 1 { ident = pair[1] }
  }

  var content: String {
    password + (salt.map { " salt=\($0)" } ?? "") + (ident.map { " ident=\($0)" } ?? "")
  }
}

/// What `encrypt` names: a hash of passwords.
private struct PasswordScheme {
  private let crypt: UnixCrypt?
  /// The form of bcrypt; nil for everything else.
  let ident: String?

  init(_ name: String, ident: String?) throws {
    let isBcrypt = name == "bcrypt" || name == "blowfish"
    crypt = UnixCrypt(name)
    guard isBcrypt || crypt != nil else {
      throw TemplateError(
        .plugin,
        "no password hash `\(name)`; there are md5_crypt, sha256_crypt, sha512_crypt, bcrypt",
        line: 0)
    }
    self.ident = isBcrypt ? ident.flatMap { $0.isEmpty ? nil : $0 } ?? "2b" : nil
  }

  func salt(_ context: Context) -> String {
    crypt.map { randomSalt($0.saltSize, UnixCrypt.alphabet, context) }
      ?? randomSalt(Bcrypt.saltLength, Bcrypt.alphabet, context)
  }

  func hash(_ kept: KeptPassword) throws -> String {
    let salt = kept.salt ?? ""
    return try crypt?.hash(kept.password, salt: salt, rounds: nil)
      ?? Bcrypt.hash(
        kept.password, salt: salt, rounds: Bcrypt.defaultRounds,
        ident: kept.ident ?? ident ?? "2b")
  }
}
