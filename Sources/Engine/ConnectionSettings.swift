import Diagnostics
import Model
import Schema
import Template
import Transport

/// What the inventory, the playbook and the command line say about reaching a host and about who runs its steps.
package struct ConnectionSettings {
  let host: String
  let keywords: Keywords
  let renderer: Renderer
  let options: RunOptions

  /// - Parameters:
  ///   - host: the inventory's name.
  ///   - keywords: those of the play or task; empty where there is none.
  ///   - renderer: over the host's variables.
  ///   - options: what the command line says.
  package init(host: String, keywords: Keywords, renderer: Renderer, options: RunOptions) {
    self.host = host
    self.keywords = keywords
    self.renderer = renderer
    self.options = options
  }

  /// How the host is reached.
  ///
  /// Variables win over keywords, keywords over the command line.
  package func endpoint() throws(Diagnostic) -> Endpoint {
    var endpoint = Endpoint(kind: try kind(), name: host)
    endpoint.address = try text("ansible_host", "ansible_ssh_host")
    endpoint.port = try number("ansible_port", "ansible_ssh_port")
    if endpoint.port == nil { endpoint.port = try keywords.port?.value(renderer).known }
    endpoint.user = try user()
    endpoint.identityFile = try chosen(
      ["ansible_private_key_file", "ansible_ssh_private_key_file"], nil, options.privateKey)
    endpoint.password = options.password
    if endpoint.password == nil {
      endpoint.password = try text("ansible_password", "ansible_ssh_pass", "ansible_ssh_password")
    }
    endpoint.passphrase = try text(
      "ansible_private_key_passphrase", "ansible_ssh_private_key_passphrase")
    try readArguments(into: &endpoint)
    return endpoint
  }

  /// Who logs in, and who runs the steps.
  package func privilege() throws(Diagnostic) -> Resolved<Privilege> {
    switch try becoming() {
    case .unknown(let unknown): return .unknown(unknown)
    case .known(var privilege):
      if try kind() == .ssh { privilege.login = try user() ?? "" }
      return .known(privilege)
    }
  }

  private func becoming() throws(Diagnostic) -> Resolved<Privilege> {
    var isEnabled = options.become
    switch try keywords.become.isEnabled?.value(renderer) {
    case .unknown(let unknown): return .unknown(unknown)
    case .known(let flag): isEnabled = flag
    case nil: break
    }
    if let value = try value("ansible_become") {
      isEnabled = try Bool(Argument(value, path: "ansible_become"))
    }
    guard isEnabled else { return .known(.none) }
    let become = keywords.become
    let method =
      try chosen(["ansible_become_method"], become.method, options.becomeMethod) ?? "sudo"
    let user =
      try chosen(
        ["ansible_become_user", "ansible_\(method)_user"], become.user, options.becomeUser)
      ?? "root"
    guard let known = Privilege.Method(rawValue: method), known != .none else {
      throw Diagnostic(
        .error, "become-method", "unknown become method `\(method)`",
        at: keywords.become.method?.span, help: "sudo, su and doas are supported")
    }
    let flags = try flags(known)
    let program = try chosen(
      ["ansible_become_exe", "ansible_\(method)_exe"], become.executable, nil)
    var password = options.becomePassword
    if password == nil {
      password = try text(
        "ansible_become_password", "ansible_become_pass", "ansible_\(method)_pass")
    }
    if try endpointUserIs(user) { return .known(.none) }
    return .known(
      Privilege(known, user: user, password: password, executable: program, flags: flags))
  }

  /// Switches of sudo that do not get in the way of a shell that stays open; the last three want a value.
  private static let sudoFlags: Set<Character> = ["E", "H", "n", "S", "i", "P", "g", "r", "t"]
  private static let sudoFlagsWithValue: Set<Character> = ["g", "r", "t"]

  /// `become_flags`: of sudo alone, and without those that it gets anyway.
  private func flags(_ method: Privilege.Method) throws(Diagnostic) -> [String] {
    let text = try chosen(
      ["ansible_become_flags", "ansible_\(method.rawValue)_flags"], keywords.become.flags, nil)
    var words = try words(text ?? "")[...]
    var flags: [String] = []
    while let word = words.popFirst() {
      let letters = word.dropFirst()
      guard method == .sudo, word.hasPrefix("-"), !letters.isEmpty,
        letters.allSatisfy(Self.sudoFlags.contains)
      else {
        throw Diagnostic(
          .error, "become-flags",
          "host `\(host)`: become flag `\(word)` of \(method.rawValue) is not supported",
          at: keywords.become.flags?.span,
          help: "sudo takes -E, -i, -P, -g GROUP, -r ROLE and -t TYPE here; other methods take none"
        )
      }
      let kept = letters.filter { !"HnS".contains($0) }
      if !kept.isEmpty { flags.append("-" + kept) }
      if let last = kept.last, Self.sudoFlagsWithValue.contains(last), let value = words.popFirst()
      {
        flags.append(value)
      }
    }
    return flags
  }

  private func words(_ text: String) throws(Diagnostic) -> [String] {
    do throws(SSHArguments.Failure) {
      return try SSHArguments.split(text)
    } catch {
      throw Diagnostic(
        .error, "become-flags", "host `\(host)`: become flags: \(error.message)", help: error.help)
    }
  }

  /// Somebody who logs in as the account need not become it.
  private func endpointUserIs(_ user: String) throws(Diagnostic) -> Bool {
    guard try self.user() == user else { return false }
    return try kind() == .ssh
  }

  /// The account to log in as; nil leaves it to the connection.
  private func user() throws(Diagnostic) -> String? {
    try chosen(["ansible_user", "ansible_ssh_user"], keywords.remoteUser, options.remoteUser)
  }

  /// Whether the host is reached by SSH, or is this machine.
  func kind() throws(Diagnostic) -> Endpoint.Kind {
    switch try chosen(["ansible_connection"], keywords.connection, options.connection) {
    case nil: return host == "localhost" ? .local : .ssh
    case "ssh", "smart", "paramiko", "libssh", "paramiko_ssh": return .ssh
    case "local": return .local
    case .some(let other):
      throw Diagnostic(
        .error, "connection", "host `\(host)`: unknown connection `\(other)`",
        at: keywords.connection?.span, help: "ssh and local are supported")
    }
  }

  /// What `ansible_ssh_common_args` and its like say; of each option the first counts, and variables of their own before.
  private func readArguments(into endpoint: inout Endpoint) throws(Diagnostic) {
    for name in ConnectionVariable.arguments {
      guard let text = try text(name) else { continue }
      let arguments: SSHArguments
      do throws(SSHArguments.Failure) {
        arguments = try SSHArguments(text)
      } catch {
        throw Diagnostic(
          .error, "ssh-arguments", "host `\(host)`: `\(name)`: \(error.message)", help: error.help)
      }
      endpoint.user = endpoint.user ?? arguments.user
      endpoint.port = endpoint.port ?? arguments.port
      endpoint.identityFile = endpoint.identityFile ?? arguments.identityFile
      endpoint.jumps =
        endpoint.jumps
        ?? arguments.bastions?.map {
          Bastion($0.target, identityFile: $0.identityFile, options: $0.options)
        }
      endpoint.options.merge(arguments.options) { first, _ in first }
    }
    if try value("ansible_host_key_checking", "ansible_ssh_host_key_checking") == false {
      endpoint.options["stricthostkeychecking"] = "no"
    }
    if let seconds = try number("ansible_ssh_timeout", "ansible_timeout") {
      endpoint.options["connecttimeout"] = String(seconds)
    }
    try checkShell()
  }

  /// Steps are written for `sh`.
  private func checkShell() throws(Diagnostic) {
    guard let type = try text("ansible_shell_type"), type != "sh" else { return }
    throw Diagnostic(
      .error, "not-supported", "host `\(host)`: `ansible_shell_type` is `\(type)`",
      help: "hosts need a POSIX `sh`; remove the variable")
  }

  private func value(_ names: String...) throws(Diagnostic) -> Bool? {
    for name in names {
      if let value = try value(name) { return try Bool(Argument(value, path: name)) }
    }
    return nil
  }

  /// The first of variables, keyword and option that says something.
  private func chosen(
    _ names: [String], _ keyword: TextSource?, _ option: String?
  ) throws(Diagnostic) -> String? {
    for name in names {
      if let text = try text(name) { return text }
    }
    if let keyword, let text = try keyword.text(renderer).known?.string { return text }
    return option
  }

  /// A variable's value; nil when it is not set, null, or not known yet.
  private func value(_ name: String) throws(Diagnostic) -> Value? {
    do throws(TemplateError) {
      guard let value = try renderer.variables.value(named: name) else { return nil }
      let rendered = try renderer.render(value)
      return rendered == .null || rendered.deepUnknown != nil ? nil : rendered
    } catch {
      throw Diagnostic(
        .error, "variable", "host `\(host)`: `\(name)`: \(error.message)", help: error.hint)
    }
  }

  private func text(_ names: String...) throws(Diagnostic) -> String? {
    for name in names {
      if let value = try value(name) { return Argument(value, path: name).sourceText }
    }
    return nil
  }

  private func number(_ names: String...) throws(Diagnostic) -> Int? {
    for name in names {
      if let value = try value(name) { return try Int(Argument(value, path: name)) }
    }
    return nil
  }
}
