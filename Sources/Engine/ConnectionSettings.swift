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

  /// How the host is reached.
  ///
  /// Variables win over keywords, keywords over the command line.
  func endpoint() throws(Diagnostic) -> Endpoint {
    var endpoint = Endpoint(kind: try kind(), name: host)
    endpoint.address = try text("ansible_host", "ansible_ssh_host")
    endpoint.port = try number("ansible_port", "ansible_ssh_port")
    if endpoint.port == nil { endpoint.port = try keywords.port?.value(renderer).known }
    endpoint.user = try user()
    endpoint.identityFile = try chosen(
      ["ansible_ssh_private_key_file", "ansible_private_key_file"], nil, options.privateKey)
    endpoint.password = options.password
    if endpoint.password == nil {
      endpoint.password = try text("ansible_password", "ansible_ssh_password", "ansible_ssh_pass")
    }
    endpoint.passphrase = try text("ansible_ssh_private_key_passphrase")
    try readArguments(into: &endpoint)
    return endpoint
  }

  /// Who runs the steps.
  func privilege() throws(Diagnostic) -> Resolved<Privilege> {
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
    let user = try chosen(["ansible_become_user"], become.user, options.becomeUser) ?? "root"
    let method =
      try chosen(["ansible_become_method"], become.method, options.becomeMethod) ?? "sudo"
    guard let known = Privilege.Method(rawValue: method), known != .none else {
      throw Diagnostic(
        .error, "become-method", "unknown become method `\(method)`",
        at: keywords.become.method?.span, help: "sudo, su and doas are supported")
    }
    let flags = try flags(known)
    let program = try chosen(["ansible_become_exe"], become.executable, nil)
    var password = options.becomePassword
    if password == nil { password = try text("ansible_become_password", "ansible_become_pass") }
    if try endpointUserIs(user) { return .known(.none) }
    return .known(
      Privilege(known, user: user, password: password, executable: program, flags: flags))
  }

  /// Switches of sudo that do not get in the way of a shell that stays open; the last three want a value.
  private static let sudoFlags: Set<Character> = ["E", "H", "n", "S", "i", "P", "g", "r", "t"]
  private static let sudoFlagsWithValue: Set<Character> = ["g", "r", "t"]

  /// `become_flags`: of sudo alone, and without those that it gets anyway.
  private func flags(_ method: Privilege.Method) throws(Diagnostic) -> [String] {
    let text = try chosen(["ansible_become_flags"], keywords.become.flags, nil) ?? ""
    var words = SSHArguments(text).words[...]
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

  /// Somebody who logs in as the account need not become it.
  private func endpointUserIs(_ user: String) throws(Diagnostic) -> Bool {
    guard try self.user() == user else { return false }
    return try kind() == .ssh
  }

  /// The account to log in as; nil leaves it to the connection.
  private func user() throws(Diagnostic) -> String? {
    try chosen(["ansible_user", "ansible_ssh_user"], keywords.remoteUser, options.remoteUser)
  }

  private func kind() throws(Diagnostic) -> Endpoint.Kind {
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

  /// `-o Key=value`, `-J host`, `-p port`, `-i file` out of `ansible_ssh_common_args` and `ansible_ssh_extra_args`.
  private func readArguments(into endpoint: inout Endpoint) throws(Diagnostic) {
    let names = ["ansible_ssh_common_args", "ansible_ssh_extra_args"]
    for name in names {
      guard let text = try text(name) else { continue }
      var words = SSHArguments(text)
      try words.read(into: &endpoint, host: host, variable: name)
    }
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

/// The words of a variable that Ansible would hand to ssh(1).
struct SSHArguments {
  private(set) var words: [String]

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
      if letter == "C" || letter == "q" || letter == "v" || letter == "4" || letter == "6" {
        continue
      }
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
      .error, "ssh-arguments",
      "host `\(host)`: `\(variable)` holds `\(word)`, which is not understood",
      help: "-o, -J, -p, -i and -l are; everything else belongs into ~/.ssh/config")
  }
}
