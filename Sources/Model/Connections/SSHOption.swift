import Diagnostics

/// Options of ssh_config(5) (OpenSSH 9.2) as `-o` gives them.
enum SSHOption {
  /// The value of an option that has an effect; nil for one that changes nothing here.
  static func check(_ name: String, _ value: String) throws(SSHArguments.Failure) -> String? {
    let key = name.lowercased()
    if effective.contains(key) { return value }
    if silent.contains(key) { return nil }
    if off.contains(key) {
      guard ["no", "false", "none", "auto"].contains(value.lowercased()) else {
        throw SSHArguments.Failure(
          message: "`\(name)=\(value)` is not supported", help: "leave it away, or say `no`")
      }
      return nil
    }
    let near = suggestion(for: key, among: Array(effective) + Array(silent) + Array(off))
    throw SSHArguments.Failure(
      message: "the option `\(name)` is not understood",
      help: near.map { "did you mean `\($0)`?" } ?? "it may belong into ~/.ssh/config")
  }

  private static let effective: Set<String> = [
    "hostname", "connecttimeout", "serveraliveinterval", "serveralivecountmax", "hostkeyalias",
    "hashknownhosts", "stricthostkeychecking", "kexalgorithms", "hostkeyalgorithms", "ciphers",
    "macs", "pubkeyauthentication", "passwordauthentication", "identitiesonly", "identityagent",
    "userknownhostsfile", "globalknownhostsfile",
  ]

  /// What is done anyway, or only concerns the program `ssh`.
  private static let silent: Set<String> = [
    "controlmaster", "controlpath", "controlpersist", "compression", "loglevel", "batchmode",
    "numberofpasswordprompts", "tcpkeepalive", "visualhostkey", "updatehostkeys", "checkhostip",
    "addkeystoagent", "ipqos", "rekeylimit", "sendenv", "escapechar", "exitonforwardfailure",
    "gssapiauthentication", "gssapidelegatecredentials", "kbdinteractiveauthentication",
    "challengeresponseauthentication", "pubkeyacceptedalgorithms", "pubkeyacceptedkeytypes",
    "connectionattempts", "nohostauthenticationforlocalhost",
  ]

  /// What is not there and may be refused by name.
  private static let off: Set<String> = [
    "forwardagent", "forwardx11", "forwardx11trusted", "permitlocalcommand", "requesttty",
    "tunnel", "canonicalizehostname", "verifyhostkeydns", "clearallforwardings",
    "forkafterauthentication",
  ]
}
