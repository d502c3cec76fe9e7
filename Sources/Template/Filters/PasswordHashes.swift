import Schema

/// `password_hash`: what passlib gives for the same arguments.
let passwordFilters: [Filter] = [
  Filter("password_hash", "password, hashtype=, salt=, salt_size=, rounds=, ident=") { call in
    let context = call.context
    let kind = try call.text(1, default: "sha512")
    let password = try call.text(0, "the password")
    let salt = try call.given(2).map(context.string).flatMap { $0.isEmpty ? nil : $0 }
    let size = try call.given(3).map(context.index).flatMap { $0 == 0 ? nil : $0 }
    let rounds = try call.given(4).map(context.index).flatMap { $0 == 0 ? nil : $0 }
    if kind == "blowfish" || kind == "bcrypt" {
      guard size == nil || size == Bcrypt.saltLength else {
        throw call.fail(.plugin, "the salt of bcrypt has \(Bcrypt.saltLength) characters")
      }
      let ident = try call.text(5, default: "2b")
      return .text(
        try Bcrypt.hash(
          password, salt: salt ?? randomSalt(Bcrypt.saltLength, Bcrypt.alphabet, context),
          rounds: rounds ?? Bcrypt.defaultRounds, ident: ident.isEmpty ? "2b" : ident))
    }
    guard let crypt = UnixCrypt(kind) else {
      throw call.fail(
        .plugin, "no password hash `\(kind)`; there are md5, sha256, sha512, blowfish")
    }
    guard rounds == nil || crypt.hasRounds else {
      throw call.fail(.type, "`\(kind)` has no rounds")
    }
    guard size == nil || (1...crypt.saltSize).contains(size ?? 0) else {
      throw call.fail(.plugin, "the salt has 1 to \(crypt.saltSize) characters")
    }
    return .text(
      try crypt.hash(
        password,
        salt: salt ?? randomSalt(size ?? crypt.saltSize, UnixCrypt.alphabet, context),
        rounds: rounds))
  }
]

/// So many characters of an alphabet, by chance.
func randomSalt(_ length: Int, _ alphabet: [UInt8], _ context: Context) -> String {
  String(
    decoding: (0..<length).map { _ in alphabet[context.random.next(below: alphabet.count)] },
    as: UTF8.self)
}
