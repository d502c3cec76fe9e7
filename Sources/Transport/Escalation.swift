import ModuleKit

extension ShellOpening {
  /// Makes the login's shell the shell of the wanted account, before anything else is sent.
  ///
  /// With a password sudo reads it from standard input (`-S`), and it is sent only when sudo has
  /// printed our own prompt: sudo(8) asks nothing while its time stamp is fresh, and an unasked
  /// password would become input of the shell.
  func takeOn(_ privilege: Privilege) async throws(TransportError) {
    guard privilege.method != .none else { return }
    guard MessageSource.isAccountName(privilege.user) else {
      throw TransportError(
        .invalidConfiguration, phase: .privilege, host: host,
        "\"\(privilege.user)\" cannot be the name of an account")
    }
    var escalation = Escalation(privilege: privilege, host: host)
    pump.post(Array(escalation.source.source.utf8))
    var deadline = ContinuousClock.now + limits.privilege
    while true {
      guard let note = await pump.inbox.next(until: deadline) else {
        throw escalation.silence(after: limits.privilege)
      }
      switch note {
      case .input(.output(let bytes)):
        if escalation.isReady(after: bytes) { return }
      case .input(.errors(let bytes)):
        guard let password = try escalation.password(after: bytes) else { continue }
        pump.post(Array((password + "\n").utf8))
        deadline = .now + limits.privilege
      case .input(.end): throw escalation.refusal
      case .lost(let error): throw error
      case .cancelled: throw cancelled
      case .killed, .sent: continue
      }
    }
  }
}

/// What is sent to become another account, and what is made of the answer.
struct Escalation {
  private let privilege: Privilege
  private let host: String
  private let prompt = randomHex(digits: 24)
  private let halves = (randomHex(digits: 12), randomHex(digits: 12))
  private var said = Said()
  private var isPasswordSent = false

  init(privilege: Privilege, host: String) {
    self.privilege = privilege
    self.host = host
  }

  /// One line, so that the shell that reads it reads nothing behind it; its last act is to become
  /// another program.
  ///
  /// The sign of success is put together on the host: an echo of this line does not contain it.
  var source: Script {
    """
    { printf '%s-%s\\n' \(halves.1) \(halves.0); cd /; LC_ALL=C LANGUAGE=; export LC_ALL LANGUAGE; \
    ready='printf "%s-%s\\n" \(halves.0) \(halves.1); exec sh'; \
    if [ "$(id -un)" = \(privilege.user) ]; then exec sh -c "$ready"; \
    elif [ "$(id -u)" = 0 ] && [ \(privilege.user) != root ]; then \
    HOME=~\(privilege.user) USER=\(privilege.user) LOGNAME=\(privilege.user); \
    export HOME USER LOGNAME; \
    if command -v runuser >/dev/null; then exec runuser -u \(privilege.user) -- sh -c "$ready"; \
    else exec su -s /bin/sh -c "$ready" -- \(privilege.user); fi; \
    else \(become); fi; }

    """
  }

  private var become: Script {
    let program = [privilege.executable ?? privilege.method.rawValue] + privilege.flags
    switch (privilege.method, privilege.password) {
    case (.su, _), (.none, _): return "echo \(Escalation.noTerminal) >&2; exit 1"
    case (.doas, _): return "exec \(words: program) -n -u \(privilege.user) sh -c \"$ready\""
    case (.sudo, nil):
      return "exec \(words: program) -n -H -u \(privilege.user) -- sh -c \"$ready\""
    case (.sudo, .some):
      return
        "exec \(words: program) -S -p \(prompt) -H -u \(privilege.user) -- sh -c \"$ready\""
    }
  }

  /// Whether a shell of the login has read the line at all.
  private var hasBegun: Bool {
    find(Array("\(halves.1)-\(halves.0)".utf8), in: said.output) != nil
  }

  private func noShell(_ message: String) -> TransportError {
    TransportError(
      .noShell, phase: .shell, host: host, message, serverSaid: said.text,
      help: ShellOpening.helpWithoutShell)
  }

  private static let noTerminal = "su: needs a terminal to ask for its password"

  mutating func isReady(after bytes: [UInt8]) -> Bool {
    said.takeOutput(bytes)
    return find(Array("\(halves.0)-\(halves.1)".utf8), in: said.output) != nil
  }

  /// The password, once sudo has asked for it.
  ///
  /// Throws when it asks again.
  mutating func password(after bytes: [UInt8]) throws(TransportError) -> String? {
    said.takeErrors(bytes)
    let token = Array(prompt.utf8)
    guard let first = find(token, in: said.errors), let password = privilege.password else {
      return nil
    }
    guard find(token, in: said.errors, from: first + token.count) == nil else {
      throw error(.privilegePasswordWrong, "sudo does not accept the password", Help.wrong)
    }
    guard !isPasswordSent else { return nil }
    isPasswordSent = true
    return password
  }

  /// Nothing was said for too long: most likely something asks a question of its own.
  func silence(after limit: Duration) -> TransportError {
    guard hasBegun else { return noShell("no shell answered within \(limit)") }
    return error(
      .privilegeRefused, "\(privilege.method.rawValue) did not start a shell within \(limit)",
      "see whether it asks for more than a password (a second factor, a prompt of its own)")
  }

  /// Why there is no shell, from what was said.
  var refusal: TransportError {
    guard hasBegun else { return noShell("the login ended before a shell answered") }
    let words = String(decoding: said.errors, as: UTF8.self).lowercased()
    let row = Escalation.rows.first { row in row.signs.contains { words.contains($0) } }
    guard let row else {
      return error(.privilegeRefused, "no shell as \(privilege.user) was started", nil)
    }
    let message = row.message.replacing("sudo", with: privilege.method.rawValue)
    return error(row.code, message.replacing("USER", with: privilege.user), row.help)
  }

  /// What sudo said, without our prompt and without the password.
  private func error(
    _ code: TransportError.Code, _ message: String, _ help: String?
  ) -> TransportError {
    var text = said.text?.replacing(prompt, with: "")
    text = text?.replacing("\(halves.1)-\(halves.0)\n", with: "")
    if let password = privilege.password, !password.isEmpty {
      text = text?.replacing(password, with: "********")
    }
    return TransportError(
      code, phase: .privilege, host: host, message, serverSaid: text, help: help)
  }

  private enum Help {
    static let wrong = "check the become password (`-K`, `ansible_become_password`)"
    static let rule = "ask for a sudoers rule that lets the login account run sh as this account"
  }

  private struct Row {
    let signs: [String]
    let code: TransportError.Code
    let message: String
    let help: String
  }

  /// Messages of sudo 1.8 and 1.9 (sudo.c, check.c, auth/sudo_auth.c, logging.c) and of shells that
  /// do not find it.
  private static let rows: [Row] = [
    Row(
      signs: ["incorrect password", "try again"], code: .privilegePasswordWrong,
      message: "sudo does not accept the password", help: Help.wrong),
    Row(
      signs: ["must have a tty"], code: .privilegeRefused,
      message: "sudo on this host wants a terminal (requiretty)",
      help: "add `Defaults:LOGIN !requiretty` to sudoers for the login account"),
    Row(
      signs: [noTerminal], code: .privilegeRefused,
      message: "su can ask for a password only on a terminal, and there is none",
      help: "use sudo (`become_method: sudo`), or log in as root"),
    Row(
      signs: ["doas: authorization required", "doas: authentication required"],
      code: .privilegePasswordNeeded,
      message: "doas wants a password, and it asks for one only on a terminal",
      help: "add `permit nopass` for the login account to doas.conf, or use sudo"),
    Row(
      signs: ["doas: operation not permitted", "doas is not enabled"], code: .privilegeRefused,
      message: "doas does not let this login become USER",
      help: "ask for a rule in doas.conf that lets the login account run sh as this account"),
    Row(
      signs: [
        "password is required", "terminal is required", "no password was provided", "no askpass",
      ],
      code: .privilegePasswordNeeded, message: "sudo wants a password and none is given",
      help: "give the become password (`-K`, `ansible_become_password`), or allow NOPASSWD"),
    Row(
      signs: ["not in the sudoers file", "may not run sudo", "not allowed to"],
      code: .privilegeRefused, message: "sudo does not let this login become USER",
      help: Help.rule),
    Row(
      signs: ["unknown user", "does not exist"], code: .privilegeRefused,
      message: "there is no account USER on this host", help: "check `become_user`"),
    Row(
      signs: ["no new privileges", "effective uid is not 0", "nosuid"], code: .privilegeRefused,
      message: "sudo has no right to change the account here",
      help: "the mount of sudo is nosuid, or a sandbox forbids new privileges"),
    Row(
      signs: ["expired", "account validation failure"], code: .privilegeRefused,
      message: "the login account has expired or is locked", help: "renew the account"),
    Row(
      signs: ["not found", "no such file"], code: .privilegeRefused,
      message: "sudo is not installed on this host",
      help: "install sudo, or log in as root without `become`"),
  ]
}
