import Diagnostics
import Glibc

/// One line of an ssh_config(5) file, with the blocks it stands in.
struct ConfigurationDirective: Sendable {
  /// What has to hold for a line to count.
  enum Condition: Sendable {
    case always
    case host([HostPattern])
    /// A `Match` whose criteria are not understood.
    case unsupported(Diagnostic)
  }

  /// In lower case.
  let keyword: String
  let arguments: [String]
  let conditions: [Condition]
  let span: Span
}

/// Reads ssh_config(5) files (OpenSSH 9.2), following `Include`.
struct ConfigurationParser {
  private let home: String
  private let read: (String) -> [UInt8]?
  private(set) var directives: [ConfigurationDirective] = []
  private(set) var bag = DiagnosticBag()

  /// OpenSSH's own bound on nested includes.
  private static let maximumDepth = 16

  /// `read` gives the bytes of a file, nil when it cannot be read.
  init(home: String, read: @escaping (String) -> [UInt8]?) {
    self.home = home
    self.read = read
  }

  /// Takes in a file; a file that does not exist counts as empty.
  mutating func parse(path: String) {
    guard let bytes = read(path) else { return }
    parse(SourceFile(name: path, bytes: bytes), conditions: [], depth: 0)
  }

  private mutating func parse(
    _ file: SourceFile, conditions outer: [ConfigurationDirective.Condition], depth: Int
  ) {
    var conditions = outer
    for line in 1...file.lineCount {
      let start = file.offset(ofLine: line)
      let text = file.text(ofLine: line)
      let span = Span(file, start..<(start + text.utf8.count))
      guard let words = split(text, span), let keyword = words.first?.lowercased() else { continue }
      let arguments = Array(words.dropFirst())
      guard !arguments.isEmpty else {
        bag.add(
          Diagnostic(
            .error, "ssh-config-no-value", "the option '\(words[0])' has no value", at: span,
            help: "write a value after it, or remove the line"))
        continue
      }
      switch keyword {
      case "host": conditions = outer + [.host(arguments.map { HostPattern($0) })]
      case "match": conditions = outer + [match(arguments, span)]
      case "include": include(arguments, span, conditions, depth)
      default:
        check(keyword, span)
        directives.append(
          ConfigurationDirective(
            keyword: keyword, arguments: arguments, conditions: conditions, span: span))
      }
    }
  }

  private func match(_ arguments: [String], _ span: Span) -> ConfigurationDirective.Condition {
    if arguments.count == 1, arguments[0].lowercased() == "all" { return .always }
    return .unsupported(
      Diagnostic(
        .error, "ssh-config-match",
        "'Match \(arguments.joined(separator: " "))' is not supported, only 'Match all'", at: span,
        help: "use 'Host' with patterns, or keep such blocks in a file that is not included here"))
  }

  private mutating func include(
    _ patterns: [String], _ span: Span, _ conditions: [ConfigurationDirective.Condition],
    _ depth: Int
  ) {
    guard depth < ConfigurationParser.maximumDepth else {
      bag.add(
        Diagnostic(
          .error, "ssh-config-include-depth", "'Include' is nested more than 16 deep", at: span,
          help: "does a file include itself?"))
      return
    }
    for pattern in patterns {
      var path = pattern
      if path.hasPrefix("~/") { path = home + path.dropFirst() }
      if !path.hasPrefix("/") {
        path = (span.file.name.hasPrefix("/etc/") ? "/etc/ssh/" : home + "/.ssh/") + path
      }
      for file in ConfigurationParser.glob(path) {
        guard let bytes = read(file) else { continue }
        parse(SourceFile(name: file, bytes: bytes), conditions: conditions, depth: depth + 1)
      }
    }
  }

  private static func glob(_ pattern: String) -> [String] {
    guard pattern.contains(where: { "*?[".contains($0) }) else { return [pattern] }
    var result = glob_t()
    defer { globfree(&result) }
    guard Glibc.glob(pattern, 0, nil, &result) == 0, let paths = result.gl_pathv else { return [] }
    return (0..<Int(result.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }
  }

  /// The words of a line: quotes, `=` after the keyword, a comment at the end; nil for a bad line.
  private mutating func split(_ line: String, _ span: Span) -> [String]? {
    var words: [String] = []
    var word: String?
    var isQuoted = false
    for character in line {
      if isQuoted {
        if character == "\"" { isQuoted = false } else { word?.append(character) }
        continue
      }
      switch character {
      case "\"":
        isQuoted = true
        word = word ?? ""
      case "#" where word == nil:
        return words
      case " ", "\t":
        if let done = word { words.append(done) }
        word = nil
      case "=" where words.isEmpty && word != nil || words.count == 1 && word == nil:
        if let done = word { words.append(done) }
        word = nil
      default: word = (word ?? "") + String(character)
      }
    }
    guard !isQuoted else {
      bag.add(
        Diagnostic(
          .error, "ssh-config-quote", "a quoted value does not end on its line", at: span,
          help: "add the closing \""))
      return nil
    }
    if let word { words.append(word) }
    return words
  }

  private mutating func check(_ keyword: String, _ span: Span) {
    guard !ConfigurationKeywords.all.contains(keyword) else { return }
    bag.add(
      Diagnostic(
        .warning, "ssh-config-unknown", "'\(keyword)' is not an option of ssh_config", at: span,
        help: "check the spelling"))
  }
}

/// The options of ssh_config(5) as of OpenSSH 9.2 and its aliases, in lower case.
enum ConfigurationKeywords {
  static let all: Set<String> = Set(
    """
    addkeystoagent addressfamily batchmode bindaddress bindinterface canonicaldomains \
    canonicalizefallbacklocal canonicalizehostname canonicalizemaxdots canonicalizepermittedcnames \
    casignaturealgorithms certificatefile challengeresponseauthentication channeltimeout \
    checkhostip ciphers clearallforwardings compression connectionattempts connecttimeout \
    controlmaster controlpath controlpersist dynamicforward enableescapecommandline \
    enablesshkeysign escapechar exitonforwardfailure fingerprinthash forkafterauthentication \
    forwardagent forwardx11 forwardx11timeout forwardx11trusted gatewayports \
    globalknownhostsfile gssapiauthentication gssapidelegatecredentials hashknownhosts \
    hostbasedacceptedalgorithms hostbasedauthentication hostkeyalgorithms hostkeyalias hostname \
    identitiesonly identityagent identityfile ignoreunknown ipqos \
    kbdinteractiveauthentication kbdinteractivedevices kexalgorithms knownhostscommand \
    localcommand localforward loglevel logverbose macs nohostauthenticationforlocalhost \
    numberofpasswordprompts obscurekeystroketiming passwordauthentication permitlocalcommand \
    permitremoteopen pkcs11provider port preferredauthentications proxycommand proxyjump \
    proxyusefdpass pubkeyacceptedalgorithms pubkeyacceptedkeytypes pubkeyauthentication \
    rekeylimit remotecommand remoteforward requesttty requiredrsasize revokedhostkeys \
    securitykeyprovider sendenv serveralivecountmax serveraliveinterval sessiontype setenv \
    stdinnull streamlocalbindmask streamlocalbindunlink stricthostkeychecking syslogfacility \
    tag tcpkeepalive tunnel tunneldevice updatehostkeys user userknownhostsfile verifyhostkeydns \
    visualhostkey xauthlocation
    """.split { $0 == " " || $0 == "\n" }.map(String.init))
}
