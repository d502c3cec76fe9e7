import ArgumentParser
import Diagnostics
import Model
import Vault

/// Where the passwords of encrypted files and values come from.
///
/// All are read, and asked for, before anything is loaded, as in Ansible: a prompt never
/// interrupts a run.
struct VaultOptions: ParsableArguments {
  @Option(
    name: .customLong("vault-id"),
    help: ArgumentHelp(
      "A vault password and its id; the source is `prompt`, a file, or a program that prints it. May be repeated.",
      discussion: "A program whose name ends in -client is called with --vault-id ID.",
      valueName: "id@source"))
  var vaultID: [String] = []

  @Option(
    name: [.customLong("vault-password-file"), .customLong("vault-pass-file")],
    help: ArgumentHelp(
      "A file with a vault password, or a program that prints one. May be repeated.",
      discussion:
        "Without it, SPILE_VAULT_PASSWORD_FILE or ANSIBLE_VAULT_PASSWORD_FILE names one; SPILE_VAULT_IDENTITY_LIST or ANSIBLE_VAULT_IDENTITY_LIST lists ids with their sources.",
      valueName: "file"), completion: .file())
  var vaultPasswordFile: [String] = []

  @Flag(
    name: [.customShort("J"), .customLong("ask-vault-pass"), .customLong("ask-vault-password")],
    help: "Ask for a vault password.")
  var askVaultPass = false

  /// The sources in the order in which they are tried: those of the environment first, as in Ansible.
  private var sources: [VaultSource] {
    var sources =
      Self.variable("VAULT_IDENTITY_LIST")?.split(separator: ",")
      .map { VaultSource(String($0).trimmingBlanks) } ?? []
    sources += vaultID.map(VaultSource.init)
    sources += vaultPasswordFile.map { VaultSource(id: VaultPassword.defaultID, place: $0) }
    if askVaultPass { sources.append(VaultSource(id: VaultPassword.defaultID, place: "prompt")) }
    if vaultPasswordFile.isEmpty, !askVaultPass, let file = Self.variable("VAULT_PASSWORD_FILE") {
      sources.append(VaultSource(id: VaultPassword.defaultID, place: file))
    }
    return sources
  }

  private static func variable(_ name: String) -> String? {
    ["SPILE_", "ANSIBLE_"].lazy.compactMap { Process.variable($0 + name) }.first { !$0.isEmpty }
  }

  /// The passwords; what is wrong with their sources goes into the bag.
  ///
  /// `isNew`: something is to be encrypted with them, so those that are asked for are asked twice.
  func keys(isNew: Bool = false, into diagnostics: inout DiagnosticBag) -> VaultKeys {
    var passwords: [VaultPassword] = []
    for source in sources {
      if let password = source.password(isNew: isNew, into: &diagnostics) {
        passwords.append(password)
      }
    }
    return VaultKeys(passwords)
  }
}

/// Where one vault password comes from.
struct VaultSource {
  let id: String
  /// `prompt`, or the path of a file or program.
  let place: String

  init(id: String, place: String) {
    self.id = id
    self.place = place
  }

  /// `id@place`, or a place alone.
  init(_ text: String) {
    if let sign = text.firstIndex(of: "@") {
      let id = String(text[..<sign])
      self.init(
        id: id.isEmpty ? VaultPassword.defaultID : id,
        place: String(text[text.index(after: sign)...]))
    } else {
      self.init(id: VaultPassword.defaultID, place: text)
    }
  }

  /// The password; nil, and reported, where there is none.
  ///
  /// `isNew`: asked twice, since a slip would lock the owner out.
  func password(isNew: Bool = false, into diagnostics: inout DiagnosticBag) -> VaultPassword? {
    do throws(Diagnostic) {
      let bytes = try place == "prompt" ? asked(isNew: isNew) : read(&diagnostics)
      if let password = VaultPassword(id: id, bytes: bytes) { return password }
      throw Diagnostic(.error, "vault-password-empty", "the vault password of `\(id)` is empty")
    } catch {
      diagnostics.add(error)
      return nil
    }
  }

  private func asked(isNew: Bool) throws(Diagnostic) -> [UInt8] {
    let name = id == VaultPassword.defaultID ? "" : " (\(id))"
    let title = isNew ? "New vault password\(name)" : "Vault password\(name)"
    guard let password = Password.ask("\(title): ") else {
      throw Diagnostic(
        .error, "no-terminal", "there is no terminal to ask for a vault password at",
        help: "use --vault-password-file")
    }
    if isNew, Password.ask("\(title), again: ") != password {
      throw Diagnostic(.error, "vault-password-differs", "the two passwords are not the same")
    }
    return Array(password.utf8)
  }

  private func read(_ diagnostics: inout DiagnosticBag) throws(Diagnostic) -> [UInt8] {
    let path = place.hasPrefix("~/") ? Process.home + place.dropFirst() : place
    guard let mode = FilePermissions.of(path) else {
      throw Diagnostic(
        .error, "vault-password-file", "there is no vault password file `\(path)`",
        help: "write `ID@FILE`, `ID@prompt` or a file")
    }
    if mode.isFolder {
      throw Diagnostic(
        .error, "vault-password-file", "the vault password file `\(path)` is a folder")
    }
    if mode.isProgram { return try output(of: path) }
    if mode.bits & 0o077 != 0 {
      diagnostics.add(
        Diagnostic(
          .warning, "vault-password-file-mode",
          "others may read the vault password file `\(path)`", help: "chmod 600 \(path)"))
    }
    let bytes: [UInt8]
    do throws(ControllerDisk.Failure) {
      bytes = try ControllerDisk.system.read(path)
    } catch {
      throw Diagnostic(
        .error, "vault-password-file",
        "the vault password file `\(path)` cannot be read: \(error.reason)")
    }
    guard Envelope.begins(bytes) else { return bytes }
    throw Diagnostic(
      .error, "vault-password-file", "the vault password file `\(path)` is encrypted itself")
  }

  /// What a program prints; one whose name ends in `-client` is told the id.
  private func output(of program: String) throws(Diagnostic) -> [UInt8] {
    let name = ControllerPath.name(of: program)
    let isClient =
      String(name.dropLast(ControllerPath.ending(of: program).count)).hasSuffix("-client")
    let path = program.contains("/") ? program : "./" + program
    let ending = ChildProgram.run([path] + (isClient ? ["--vault-id", id] : []))
    switch ending {
    case .success(let output) where output.status == 0: return output.bytes
    case .success(let output):
      throw Diagnostic(
        .error, "vault-password-program",
        isClient && output.status == 2
          ? "`\(program)` has no password for the vault id `\(id)`"
          : "`\(program)` ended with status \(output.status) instead of printing a vault password")
    case .failure(let failure):
      throw Diagnostic(
        .error, "vault-password-program", "`\(program)` cannot be run: \(failure.reason)",
        help: "a password file that is no program must not be executable: chmod -x")
    }
  }
}

extension String {
  /// Without blanks at both ends.
  var trimmingBlanks: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
