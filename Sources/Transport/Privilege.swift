/// Which account a shell works as, and how it gets there from the account that logged in.
package struct Privilege: Sendable, Hashable {
  package enum Method: String, Sendable, Hashable { case none, sudo, su, doas }

  package var method: Method
  /// The account to become; ignored when `method` is `none`.
  package var user: String
  /// The program, where it is not the method's own on the path.
  package var executable: String?
  /// Words that the program gets besides.
  package var flags: [String]
  /// What sudo asks for; a secret, sent only after sudo's own prompt was seen.
  package var password: String?
  /// The account that logs in, empty where that is left to the connection; nil means that of the machine.
  package var login: String?

  package init(
    _ method: Method, user: String = "root", password: String? = nil, executable: String? = nil,
    flags: [String] = []
  ) {
    self.method = method
    self.user = user
    self.password = password
    self.executable = executable
    self.flags = flags
  }

  /// The shell of the account that logged in.
  package static let none = Privilege(.none)
}
