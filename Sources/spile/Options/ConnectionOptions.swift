import ArgumentParser
import Diagnostics
import Engine
import Model
import SSH
import Schema

/// How hosts are reached; what inventory and playbook say wins, as in Ansible.
struct ConnectionOptions: ParsableArguments {
  @Option(
    name: [.customShort("u", allowingJoined: true), .long],
    help: ArgumentHelp("The account to log in as.", valueName: "name"))
  var user: String?

  @Option(
    name: [.customShort("c", allowingJoined: true), .long],
    help: ArgumentHelp("ssh or local.", valueName: "kind"), completion: .list(["ssh", "local"]))
  var connection: String?

  @Option(
    help: ArgumentHelp("A private key to log in with.", valueName: "file"), completion: .file())
  var privateKey: String?

  @Flag(name: [.customShort("k"), .long], help: "Ask for the password to log in with.")
  var askPass = false

  @Option(
    help: ArgumentHelp("A file with the password to log in with.", valueName: "file"),
    completion: .file())
  var connectionPasswordFile: String?

  @Option(
    name: [.customShort("T", allowingJoined: true), .long],
    help: ArgumentHelp("Seconds until a connection attempt is given up.", valueName: "seconds"))
  var timeout: Int = 10

  @Option(
    help: ArgumentHelp(
      "Seconds until a question about a host's state is given up.", valueName: "seconds"))
  var probeTimeout: Int = 20

  @Flag(help: "Store the keys of hosts that are not known yet, instead of refusing them.")
  var acceptNew = false

  @Option(
    help: ArgumentHelp(
      "Read this instead of ~/.ssh/config and /etc/ssh/ssh_config.", valueName: "file"),
    completion: .file())
  var sshConfig: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "As ansible_ssh_common_args: -o, -J, -p, -i, -l, and ProxyCommand of a bastion.",
      valueName: "words"))
  var sshCommonArgs: String?

  func validate() throws {
    if timeout < 1 { throw ValidationError("--timeout must be at least 1") }
    if probeTimeout < 1 { throw ValidationError("--probe-timeout must be at least 1") }
  }

  /// Puts what is said here into a run's options.
  func fill(_ options: inout RunOptions, _ diagnostics: inout DiagnosticBag) {
    options.remoteUser = user
    options.connection = connection
    options.privateKey = privateKey
    options.probeDeadline = .seconds(probeTimeout)
    options.password = Secrets.read(
      isAsked: askPass, prompt: "SSH password: ", file: connectionPasswordFile, &diagnostics)
  }

  /// Variables of the weakest level.
  var variables: [String: Value] {
    sshCommonArgs.map { ["ansible_ssh_common_args": .string($0)] } ?? [:]
  }

  /// What all SSH connections have in common.
  var sshOptions: SSHOptions {
    var options = SSHOptions(
      home: Process.home, user: Process.user, agentPath: Process.variable("SSH_AUTH_SOCK"))
    options.variables = Process.variables
    options.acceptsNewHostKeys = acceptNew
    options.connectLimit = .seconds(timeout)
    if let sshConfig { options.configurationPaths = [sshConfig] }
    options.passphrasePrompt = { path in Password.ask("Passphrase of \(path): ") }
    return options
  }
}

/// Who runs the steps on the hosts.
struct PrivilegeOptions: ParsableArguments {
  @Flag(name: [.customShort("b"), .long], help: "Become another user (root) on the hosts.")
  var become = false

  @Option(help: ArgumentHelp("The user to become.", valueName: "name"))
  var becomeUser: String?

  @Option(
    help: ArgumentHelp("sudo, su or doas.", valueName: "method"),
    completion: .list(["sudo", "su", "doas"]))
  var becomeMethod: String?

  @Flag(name: [.customShort("K"), .long], help: "Ask for the password to become another user.")
  var askBecomePass = false

  @Option(
    help: ArgumentHelp("A file with the password to become another user.", valueName: "file"),
    completion: .file())
  var becomePasswordFile: String?

  /// Puts what is said here into a run's options.
  func fill(_ options: inout RunOptions, _ diagnostics: inout DiagnosticBag) {
    options.become = become
    options.becomeUser = becomeUser
    options.becomeMethod = becomeMethod
    options.becomePassword = Secrets.read(
      isAsked: askBecomePass,
      prompt: options.password == nil
        ? "BECOME password: " : "BECOME password [defaults to the SSH password]: ",
      file: becomePasswordFile, &diagnostics)
    if options.becomePassword == "" { options.becomePassword = options.password }
  }
}

/// A secret that is asked for or read from a file.
enum Secrets {
  static func read(
    isAsked: Bool, prompt: String, file: String?, _ diagnostics: inout DiagnosticBag
  ) -> String? {
    if let file {
      do {
        return Password.firstLine(of: try ControllerDisk.system.read(file))
      } catch {
        diagnostics.add(
          Diagnostic(
            .error, "password-file", "the password file `\(file)` cannot be read: \(error.reason)"))
        return nil
      }
    }
    guard isAsked else { return nil }
    if let password = Password.ask(prompt) { return password }
    diagnostics.add(
      Diagnostic(
        .error, "no-terminal", "there is no terminal to ask for a password at",
        help: "use --become-password-file or --connection-password-file"))
    return nil
  }
}
