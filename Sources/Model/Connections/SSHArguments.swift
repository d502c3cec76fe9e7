import Diagnostics

/// What words for ssh(1) (OpenSSH 9.2) say about a connection; `ansible_ssh_common_args` and its like hold such words.
package struct SSHArguments: Sendable, Hashable {
  /// A word that is not understood.
  package struct Failure: Error, Sendable, Hashable {
    /// The fact, lower case, about `it`.
    package let message: String
    package let help: String
  }

  package private(set) var user: String?
  package private(set) var port: Int?
  package private(set) var identityFile: String?
  /// The bastions, nearest to the controller first; nil where nothing is said about them.
  package private(set) var bastions: [SSHBastion]?
  /// Options as in ssh_config(5), keys in lower case; of each the first that was given.
  package private(set) var options: [String: String] = [:]
  /// Words that are no options: a destination and a command.
  private(set) var operands: [String] = []
  /// `-W`: where the other side connects to.
  private(set) var forward: String?

  /// Reads words that are options only.
  package init(_ text: String) throws(Failure) {
    try self.init(words: SSHArguments.split(text))
    if let operand = operands.first {
      throw Failure(
        message: "`\(operand)` is no option", help: "the host is `ansible_host`, not a word here")
    }
    if let forward {
      throw Failure(
        message: "`-W \(forward)` makes sense for a bastion only", help: Self.bastionHelp)
    }
  }

  /// Reads words with a destination behind them, as in a `ProxyCommand`.
  init(words: [String]) throws(Failure) {
    var rest = words[...]
    while let word = rest.popFirst() {
      guard word.hasPrefix("-"), word.count > 1 else {
        operands.append(word)
        // What follows the destination and is no option is a command.
        if operands.count > 1 {
          operands += rest
          return
        }
        continue
      }
      try take(word, &rest)
    }
  }

  /// The words of a text, without their quotes.
  package static func split(_ text: String) throws(Failure) -> [String] {
    do throws(ShellWord.Failure) {
      return try ShellWord.split(text[...], comments: false).map(\.text)
    } catch {
      throw Failure(message: error.message, help: "close the quote")
    }
  }

  // MARK: Words

  /// Letters without a value that say what is done anyway: no terminal, no forwarding, no compression of one's own.
  private static let silent: Set<Character> = ["C", "q", "v", "T", "x", "a", "k", "n"]

  private mutating func take(_ word: String, _ rest: inout ArraySlice<String>) throws(Failure) {
    var letters = word.dropFirst()
    while let letter = letters.popFirst() {
      if Self.silent.contains(letter) { continue }
      guard "oJpilW".contains(letter) else {
        throw Failure(message: "`-\(letter)` is not understood", help: Self.help(letter))
      }
      guard let value = letters.isEmpty ? rest.popFirst() : String(letters) else {
        throw Failure(message: "`-\(letter)` has no value", help: "write one after it")
      }
      try take(letter, value)
      return
    }
  }

  private mutating func take(_ letter: Character, _ value: String) throws(Failure) {
    switch letter {
    case "o":
      guard let end = value.firstIndex(where: { $0 == "=" || $0.isWhitespace }) else {
        throw Failure(message: "`-o \(value)` has no value", help: "write `-o Name=value`")
      }
      let rest = trimmed(value[value.index(after: end)...])
      let text = rest.hasPrefix("=") ? trimmed(rest.dropFirst()) : rest
      try take(option: String(value[..<end]), String(text))
    case "J": try take(option: "ProxyJump", value)
    case "p": try take(option: "Port", value)
    case "i": try take(option: "IdentityFile", value)
    case "l": try take(option: "User", value)
    default: forward = value
    }
  }

  private mutating func take(option name: String, _ value: String) throws(Failure) {
    let key = name.lowercased()
    switch key {
    case "port":
      guard let number = Int(value), (1...65535).contains(number) else {
        throw Failure(message: "`\(value)` is no port", help: "write a number from 1 to 65535")
      }
      port = port ?? number
    case "user": user = user ?? value
    case "identityfile": identityFile = identityFile ?? value
    case "proxyjump" where bastions == nil:
      bastions = value == "none" ? [] : value.split(separator: ",").map { SSHBastion(String($0)) }
    case "proxycommand" where bastions == nil: bastions = try SSHBastion.ofCommand(value)
    case "proxyjump", "proxycommand": return
    case "preferredauthentications": restrict(to: value)
    default: try SSHOption.check(name, value).map { options[key] = options[key] ?? $0 }
    }
  }

  /// Ways of logging in that are not named are not tried.
  private mutating func restrict(to methods: String) {
    let names = methods.lowercased().split(separator: ",").map { trimmed($0) }
    let ways = [
      ("publickey", "pubkeyauthentication"), ("password", "passwordauthentication"),
    ]
    for (method, option) in ways where !names.contains(method[...]) && options[option] == nil {
      options[option] = "no"
    }
  }

  // MARK: Help

  static let bastionHelp = "write `-J [user@]bastion[:port]`, or `-o ProxyJump=...`"

  private static func help(_ letter: Character) -> String {
    switch letter {
    case "F": "give the file with --ssh-config"
    case "A": "the agent is not forwarded to hosts"
    case "4", "6": "put an address of that family into `ansible_host`"
    case "t": "steps run without a terminal; allow sudo to do so (`!requiretty`)"
    default: "-o, -J, -p, -i and -l are; everything else belongs into ~/.ssh/config"
    }
  }
}

/// A bastion on the way to a host.
package struct SSHBastion: Sendable, Hashable {
  /// `[user@]host[:port]`.
  package var target: String
  package var identityFile: String?
  /// Options as in ssh_config(5), keys in lower case, for the bastion alone.
  package var options: [String: String]

  init(_ target: String, identityFile: String? = nil, options: [String: String] = [:]) {
    self.target = target
    self.identityFile = identityFile
    self.options = options
  }

  /// The bastions of a `ProxyCommand` that is nothing but one: `ssh -W %h:%p ... bastion`, or with `nc %h %p` behind it.
  static func ofCommand(_ text: String) throws(SSHArguments.Failure) -> [SSHBastion] {
    if text == "none" { return [] }
    let words: [String]
    do throws(ShellWord.Failure) {
      words = try ShellWord.split(text[...], comments: false).map(\.text)
    } catch {
      throw SSHArguments.Failure(message: error.message, help: "close the quote")
    }
    let program = words.first?.split(separator: "/").last
    guard program == "ssh" else { throw unknown(text) }
    let inner = try SSHArguments(words: Array(words.dropFirst()))
    guard let destination = inner.operands.first, inner.forwards, !destination.contains("%") else {
      throw unknown(text)
    }
    var target = destination
    if let user = inner.user, !target.contains("@") { target = "\(user)@\(target)" }
    if let port = inner.port { target += ":\(port)" }
    return (inner.bastions ?? []) + [
      SSHBastion(target, identityFile: inner.identityFile, options: inner.options)
    ]
  }

  private static func unknown(_ text: String) -> SSHArguments.Failure {
    SSHArguments.Failure(
      message: "`ProxyCommand=\(text)` is not understood",
      help: "only bastions are: `ssh -W %h:%p [user@]bastion`; better \(SSHArguments.bastionHelp)")
  }
}

extension SSHArguments {
  /// Whether the other side only passes the connection on.
  fileprivate var forwards: Bool {
    if operands.count == 1 { return forward == "%h:%p" || forward == "[%h]:%p" }
    let command = operands.dropFirst()
    return forward == nil && ["nc", "netcat", "ncat"].contains(command.first ?? "")
      && Array(command.suffix(2)) == ["%h", "%p"]
  }
}
