import Diagnostics
import Model
import Schema
import Template
import Transport

/// What the inventory, the playbook and the command line say about reaching a host and about who runs its steps.
struct ConnectionSettings {
  let host: String
  let keywords: Keywords
  let renderer: Renderer
  let options: RunOptions

  /// How the host is reached. Variables win over keywords, keywords over the command line.
  func endpoint() throws(Diagnostic) -> Endpoint {
    let isLocalName = host == "localhost" && options.connection == nil
    let kind = try text("ansible_connection") ?? keyword(keywords.connection) ?? options.connection
    var endpoint = Endpoint(kind: try self.kind(kind, isLocalName), name: host)
    endpoint.address = try text("ansible_host") ?? text("ansible_ssh_host")
    endpoint.port = try number("ansible_port") ?? number("ansible_ssh_port") ?? port()
    endpoint.user =
      try text("ansible_user") ?? text("ansible_ssh_user") ?? keyword(keywords.remoteUser)
      ?? options.remoteUser
    endpoint.identityFile =
      try text("ansible_ssh_private_key_file") ?? text("ansible_private_key_file")
      ?? options.privateKey
    endpoint.password =
      try options.password ?? text("ansible_password") ?? text("ansible_ssh_pass")
    endpoint.passphrase = try text("ansible_ssh_private_key_passphrase")
    try readArguments(into: &endpoint)
    return endpoint
  }

  /// Who runs the steps.
  func privilege() throws(Diagnostic) -> Resolved<Privilege> {
    let enabled: Bool
    switch try keywords.become.isEnabled?.value(renderer) {
    case .unknown(let unknown): return .unknown(unknown)
    case .known(let flag): enabled = try flag("ansible_become", else: flag)
    case nil: enabled = try flag("ansible_become", else: options.become)
    }
    guard enabled else { return .known(.none) }
    let user =
      try text("ansible_become_user") ?? keyword(keywords.become.user) ?? options.becomeUser ?? "root"
    let method =
      try text("ansible_become_method") ?? keyword(keywords.become.method) ?? options.becomeMethod
      ?? "sudo"
    guard let known = Privilege.Method(rawValue: method), known != .none else {
      throw Diagnostic(
        .error, "become-method", "unknown become method `\(method)`",
        at: keywords.become.method?.span, help: "sudo and su are supported")
    }
    let password =
      try options.becomePassword ?? text("ansible_become_password") ?? text("ansible_become_pass")
    if try endpointUserIs(user) { return .known(.none) }
    return .known(Privilege(known, user: user, password: password))
  }

  /// Somebody who logs in as the account need not become it.
  private func endpointUserIs(_ user: String) throws(Diagnostic) -> Bool {
    let login = try endpoint()
    return login.kind == .ssh && login.user == user
  }

  private func kind(_ name: String?, _ isLocalName: Bool) throws(Diagnostic) -> Endpoint.Kind {
    switch name {
    case nil: return isLocalName ? .local : .ssh
    case "ssh", "smart", "paramiko", "libssh", "paramiko_ssh": return .ssh
    case "local": return .local
    case .some(let other):
      throw Diagnostic(
        .error, "connection", "host `\(host)`: unknown connection `\(other)`",
        at: keywords.connection?.span, help: "ssh and local are supported")
    }
  }

  private func port() throws(Diagnostic) -> Int? {
    guard let setting = keywords.port else { return nil }
    return try setting.value(renderer).known
  }

  /// `-o Key=value`, `-J host`, `-p port`, `-i file` out of `ansible_ssh_common_args` and `ansible_ssh_extra_args`.
  private func readArguments(into endpoint: inout Endpoint) throws(Diagnostic) {
    let names = ["ansible_ssh_common_args", "ansible_ssh_extra_args"]
    for name in names {
      guard let text = try text(name) else { continue }
      var words = SSHArguments(text)
      try words.read(into: &endpoint, host: host, variable: name)
    }
  }

  private func keyword(_ source: TextSource?) throws(Diagnostic) -> String? {
    guard let source else { return nil }
    return try source.text(renderer).known?.string
  }

  private func value(_ name: String) throws(Diagnostic) -> Value? {
    do throws(TemplateError) {
      guard let value = try renderer.variables.value(named: name) else { return nil }
      return try renderer.render(value)
    } catch {
      throw Diagnostic(.error, "variable", "host `\(host)`: `\(name)`: \(error.message)", help: error.hint)
    }
  }

  private func text(_ name: String) throws(Diagnostic) -> String? {
    guard let value = try value(name), value != .null, value.deepUnknown == nil else { return nil }
    return Argument(value, path: name).sourceText
  }

  private func number(_ name: String) throws(Diagnostic) -> Int? {
    guard let value = try value(name), value != .null, value.deepUnknown == nil else { return nil }
    return try Int(Argument(value, path: name))
  }

  private func flag(_ name: String, else fallback: Bool) throws(Diagnostic) -> Bool {
    guard let value = try value(name), value != .null, value.deepUnknown == nil else { return fallback }
    return try Bool(Argument(value, path: name))
  }
}

/// The words of a variable that Ansible would hand to ssh(1).
struct SSHArguments {
  private var words: [String]

  /// Split at blanks; quotes keep blanks together.
  init(_ text: String) {
    words = []
    var word = ""
    var quote: Character?
    var isOpen = false
    for character in text {
      if let open = quote {
        if character == open { quote = nil } else { word.append(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        isOpen = true
      } else if character == " " || character == "\t" {
        if isOpen || !word.isEmpty { words.append(word) }
        word = ""
        isOpen = false
      } else {
        word.append(character)
      }
    }
    if isOpen || !word.isEmpty { words.append(word) }
  }

  mutating func read(
    into endpoint: inout Endpoint, host: String, variable: String
  ) throws(Diagnostic) {
    while let word = next() {
      guard word.hasPrefix("-"), let letter = word.dropFirst().first else {
        throw unknown(word, host, variable)
      }
      let rest = String(word.dropFirst(2))
      if letter == "C" || letter == "q" || letter == "v" || letter == "4" || letter == "6" { continue }
      guard let value = rest.isEmpty ? next() : rest else { throw unknown(word, host, variable) }
      switch letter {
      case "o":
        guard let equals = value.firstIndex(where: { $0 == "=" || $0 == " " }) else {
          throw unknown(value, host, variable)
        }
        let key = value[..<equals].lowercased()
        endpoint.options[key] = String(value[value.index(after: equals)...])
      case "J": endpoint.jumps = value.split(separator: ",").map(String.init)
      case "p": endpoint.port = Int(value) ?? endpoint.port
      case "i": endpoint.identityFile = value
      case "l": endpoint.user = value
      default: throw unknown(word, host, variable)
      }
    }
  }

  private mutating func next() -> String? { words.isEmpty ? nil : words.removeFirst() }

  private func unknown(_ word: String, _ host: String, _ variable: String) -> Diagnostic {
    Diagnostic(
      .error, "ssh-arguments", "host `\(host)`: `\(variable)` holds `\(word)`, which is not understood",
      help: "-o, -J, -p, -i and -l are; everything else belongs into ~/.ssh/config")
  }
}
