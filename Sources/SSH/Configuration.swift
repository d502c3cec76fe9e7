import Diagnostics
import Transport

/// The merged ssh_config(5) files of the user and the system, asked host by host.
struct Configuration: Sendable {
  /// Who runs this and where, for tokens and defaults.
  struct Environment: Sendable {
    var home: String
    var user: String
    var agentPath: String?
    var variables: [String: String] = [:]
  }

  private let directives: [ConfigurationDirective]
  private let environment: Environment
  /// What was wrong in the files.
  let diagnostics: [Diagnostic]

  /// Reads `paths` in their order of precedence.
  init(paths: [String], environment: Environment, read: @escaping (String) -> [UInt8]?) {
    var parser = ConfigurationParser(home: environment.home, read: read)
    for path in paths { parser.parse(path: path) }
    directives = parser.directives
    diagnostics = parser.bag.all
    self.environment = environment
  }

  /// What holds for an endpoint: its own values, its options, the files, the defaults.
  func settings(for endpoint: Endpoint) throws(TransportError) -> HostSettings {
    if let wrong = diagnostics.first(where: { $0.severity == .error }) {
      throw failure(wrong, endpoint.name)
    }
    var values = try ConfigurationValues(endpoint, directives, failure)
    let name = endpoint.name
    var settings = HostSettings(name: name, address: name, user: environment.user)
    if let host = values.text("hostname") {
      settings.address = expand(host, [("h", endpoint.name), ("n", name)])
    }
    if let address = endpoint.address { settings.address = address }
    settings.user = endpoint.user ?? values.text("user") ?? environment.user
    settings.port = try values.number("port", 1...65535) ?? 22
    if let port = endpoint.port { settings.port = port }
    settings.connectTimeout = try values.seconds("connecttimeout")
    settings.aliveInterval = try values.seconds("serveraliveinterval") ?? 15
    settings.aliveCount = try values.number("serveralivecountmax", 1...1000) ?? 3
    settings.hostKeyAlias = values.text("hostkeyalias")
    settings.hashesKnownHosts = try values.flag("hashknownhosts") ?? false
    settings.strictness = try values.strictness() ?? .strict
    settings.keyExchanges = try values.algorithms(
      "kexalgorithms", Algorithms.preferred.keyExchanges)
    settings.hostKeyAlgorithms = try values.algorithms(
      "hostkeyalgorithms", Algorithms.preferred.hostKeys)
    settings.ciphers = try values.algorithms("ciphers", Algorithms.preferred.ciphers)
    settings.macs = try values.algorithms("macs", Algorithms.preferred.macs)
    settings.usesPublicKeys = try values.flag("pubkeyauthentication") ?? true
    settings.usesPasswords = try values.flag("passwordauthentication") ?? true
    settings.jumps = try jumps(endpoint, &values)
    identities(endpoint, &values, &settings)
    settings.identitiesOnly = try values.flag("identitiesonly") ?? false
    if endpoint.identityFile != nil { settings.identitiesOnly = true }
    knownHosts(&values, &settings)
    return settings
  }

  private func jumps(
    _ endpoint: Endpoint, _ values: inout ConfigurationValues
  ) throws(TransportError) -> [Jump] {
    if let bastions = endpoint.jumps {
      return try bastions.map { bastion throws(TransportError) in
        guard var jump = Jump(bastion.target) else {
          throw TransportError(
            .invalidConfiguration, phase: .configuration, host: endpoint.name,
            "'\(bastion.target)' is not a bastion", help: "write [user@]host[:port]")
        }
        jump.identityFile = bastion.identityFile
        jump.options = bastion.options
        return jump
      }
    }
    // Whichever of the two options comes first counts.
    switch values.firstOf("proxyjump", "proxycommand") {
    case nil: return []
    case let directive? where directive.arguments[0].lowercased() == "none": return []
    case let directive? where directive.keyword == "proxycommand":
      throw failure(
        Diagnostic(
          .error, "ssh-config-proxycommand", "'ProxyCommand' is not supported", at: directive.span,
          help: "use ProxyJump for a bastion, or 'ProxyJump none' before it for this host"),
        endpoint.name)
    case let directive?:
      return try directive.arguments[0].split(separator: ",").map { text throws(TransportError) in
        guard let jump = Jump(text) else {
          throw failure(
            Diagnostic(
              .error, "ssh-config-proxyjump", "'\(text)' is not a bastion", at: directive.span,
              help: "write [user@]host[:port], several with commas between"), endpoint.name)
        }
        return jump
      }
    }
  }

  private func identities(
    _ endpoint: Endpoint, _ values: inout ConfigurationValues, _ settings: inout HostSettings
  ) {
    if let file = endpoint.identityFile {
      settings.identityFiles = [path(file, settings)]
      settings.hasChosenIdentities = true
    } else {
      let files = values.all("identityfile").filter { $0.lowercased() != "none" }
      settings.hasChosenIdentities = !files.isEmpty
      settings.identityFiles =
        files.isEmpty
        ? ["id_ed25519", "id_ecdsa", "id_rsa"].map { environment.home + "/.ssh/" + $0 }
        : files.map { path($0, settings) }
    }
    switch values.text("identityagent") {
    case nil, "SSH_AUTH_SOCK": settings.agentPath = environment.agentPath
    case "none": settings.agentPath = nil
    case let agent? where agent.hasPrefix("$"):
      settings.agentPath = environment.variables[String(agent.dropFirst())]
    case let agent?: settings.agentPath = path(agent, settings)
    }
  }

  private func knownHosts(_ values: inout ConfigurationValues, _ settings: inout HostSettings) {
    let home = environment.home
    let user = values.list("userknownhostsfile")
    let global = values.list("globalknownhostsfile")
    func paths(_ files: [String]) -> [String] {
      files.filter { $0.lowercased() != "none" }.map { path($0, settings) }
    }
    settings.userKnownHostsFiles =
      user.map(paths) ?? [home + "/.ssh/known_hosts", home + "/.ssh/known_hosts2"]
    settings.globalKnownHostsFiles =
      global.map(paths) ?? ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"]
  }

  /// A path with `~`, the tokens of ssh_config(5), and `${VARIABLE}` filled in.
  private func path(_ text: String, _ settings: HostSettings) -> String {
    var text = text
    if text == "~" || text.hasPrefix("~/") { text = environment.home + text.dropFirst() }
    if text.contains("${") {
      for (name, value) in environment.variables {
        text = text.replacing("${\(name)}", with: value)
      }
    }
    return expand(
      text,
      [
        ("d", environment.home), ("h", settings.address), ("r", settings.user),
        ("u", environment.user), ("n", settings.name), ("p", String(settings.port)),
      ])
  }

  private func expand(_ text: String, _ tokens: [(Character, String)]) -> String {
    var result = ""
    var isToken = false
    for character in text {
      if isToken {
        isToken = false
        result +=
          character == "%"
          ? "%" : tokens.first { $0.0 == character }?.1 ?? "%\(character)"
      } else if character == "%" {
        isToken = true
      } else {
        result.append(character)
      }
    }
    return isToken ? result + "%" : result
  }

  private func failure(_ diagnostic: Diagnostic, _ host: String) -> TransportError {
    let place = diagnostic.span.map { "\($0.file.name):\($0.position.line): " } ?? ""
    return TransportError(
      .invalidConfiguration, phase: .configuration, host: host, place + diagnostic.message,
      help: diagnostic.help)
  }
}
