import Schema
import Template
import Testing

/// `password_hash` gives what passlib 1.7.4 gives.
@Suite struct `Password hashes` {
  static let hashes: [(arguments: String, hash: String)] = [
    (
      "'blowfish', '1234567890123456789012', rounds=4",
      "$2b$04$123456789012345678901uO31VPXQT.g6a0unge2oU9qR9CFi.9IK"
    ),
    (
      "'bcrypt', 'abcdefghijklmnopqrstuv', rounds=5, ident='2a'",
      "$2a$05$abcdefghijklmnopqrstuucZGbUxuMlEqps0qcu2pjhO7vaatQZIC"
    ),
    (
      "'blowfish', 'ABCDEFGHIJKLMNOPQRSTU.', rounds=4, ident='2y'",
      "$2y$04$ABCDEFGHIJKLMNOPQRSTU.vzUATtRegp5uXPhcfhmYcdrlFNwmvb2"
    ),
    (
      "'md5', 'saltsalt'",
      "$1$saltsalt$QgbQ7EUpcKNQTLgSVL4qr/"
    ),
    (
      "'sha256', 'abc', rounds=5000",
      "$5$abc$SBW/q3xGsmBeeQeQlRsZf5ffKUqPQLf7cPOsqBr8VS/"
    ),
    (
      "'sha256', 'abc', rounds=1000",
      "$5$rounds=1000$abc$aMCmwv8n/NCMbAJTfA3J3NnmM8uNzX0wfKf7ANoC4J3"
    ),
    (
      "'sha512', 'abcdefghijklmnop', rounds=1234",
      "$6$rounds=1234$abcdefghijklmnop$z9mO.oxDY.AnLujeYA.0TveMPRU1WxL8cVz749iGnWnWpze2tJE/JzzIRwbJVG4aK6Mwg1cq8QKK5YIexCvJp1"
    ),
    (
      "'sha512_crypt', './09azAZ', rounds=1001",
      "$6$rounds=1001$./09azAZ$tDKc4h2eWoBKf/QW9PYdPYHygwHwoqVlc7D0ZS.LwARJ0Kkc7pn2W23llc72FFGm.n2YMogBeFf6DwgBwlF8f."
    ),
  ]

  @Test(arguments: hashes)
  func `are passlib's`(arguments: String, hash: String) throws {
    #expect(try render("{{ 'pässword' | password_hash(\(arguments)) }}") == .string(hash))
  }

  @Test(arguments: [
    "'des'", "'blowfish', 'short'", "'blowfish', rounds=3", "'blowfish', rounds=32",
    "'blowfish', '1234567890123456789012', rounds=4, ident='zz'", "'md5', 'ab', rounds=5",
    "'sha512', 'abc', rounds=999", "'sha512', 'toolongtoolongtoolong'", "'sha256', 'a b'",
    "'blowfish', salt_size=8",
  ])
  func `are refused where passlib refuses`(arguments: String) {
    #expect(throws: TemplateError.self) {
      try render("{{ 'x' | password_hash(\(arguments)) }}")
    }
  }

  @Test(arguments: [
    ("'blowfish', rounds=4", "$2b$04$", 60), ("'md5'", "$1$", 34),
    ("'sha256', rounds=1000, salt_size=8", "$5$rounds=1000$", 67),
  ])
  func `have a random salt where none is given`(
    arguments: String, prefix: String, length: Int
  ) throws {
    let text = try render("{{ 'x' | password_hash(\(arguments)) }}").string ?? ""
    #expect(text.hasPrefix(prefix) && text.utf8.count == length)
  }

  @Test func `of secrets are secrets`() throws {
    let value = try render(
      "{{ pw | password_hash('blowfish', '1234567890123456789012', rounds=4) }}",
      ["pw": .secret("x")])
    #expect(value.deepMarks.contains(.secret))
  }
}
