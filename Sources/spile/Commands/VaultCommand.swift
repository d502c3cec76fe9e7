import ArgumentParser
import Diagnostics
import Model
import Vault

/// `spile vault`: files and values encrypted as `ansible-vault` does.
struct VaultCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vault", abstract: "Encrypt and decrypt files and values, as ansible-vault does.",
    subcommands: [
      Encrypt.self, Decrypt.self, View.self, Edit.self, Create.self, Rekey.self,
      EncryptString.self,
    ])

  /// `spile vault encrypt`.
  struct Encrypt: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Encrypt files in place, or standard input to standard output.")

    @Argument(help: "The files; - is standard input.", completion: .file()) var files: [String] = []
    @OptionGroup var vault: VaultOptions
    @OptionGroup var sealing: SealingOptions
    @OptionGroup var output: VaultOutputOptions

    func run() throws {
      var work = VaultWork()
      let contents = work.contents(files)
      work.checkOutput(output.output, contents)
      for content in contents where content.isEncrypted {
        work.diagnostics.add(
          Diagnostic(
            .error, "already-encrypted", "\(content.title) is encrypted already",
            help: "`spile vault rekey` changes its password"))
      }
      try work.check()
      let keys = try work.keys(vault, isNew: true)
      try work.check()
      let password = work.sealing(keys, id: sealing.encryptVaultID)
      let sealed = contents.map { content in
        password.flatMap { work.seal(content.bytes, $0) } ?? []
      }
      try work.check()
      for (content, bytes) in zip(contents, sealed) {
        work.put(bytes, for: content, output: output.output, .kept)
      }
      try work.check()
    }
  }

  /// `spile vault decrypt`.
  struct Decrypt: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Decrypt files in place, or standard input to standard output.",
      discussion: "Decrypted files can be read by their owner alone.")

    @Argument(help: "The files; - is standard input.", completion: .file()) var files: [String] = []
    @OptionGroup var vault: VaultOptions
    @OptionGroup var output: VaultOutputOptions

    func run() throws {
      var work = VaultWork()
      let contents = work.contents(files)
      work.checkOutput(output.output, contents)
      try work.check()
      let opened = work.open(contents, try work.keys(vault))
      try work.check()
      for entry in opened {
        work.put(entry.plain, for: entry.content, output: output.output, .narrowed)
      }
      try work.check()
    }
  }

  /// `spile vault view`.
  struct View: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print what encrypted files hold.")

    @Argument(help: "The files; - is standard input.", completion: .file()) var files: [String]
    @OptionGroup var vault: VaultOptions

    func run() throws {
      var work = VaultWork()
      let contents = work.contents(files)
      try work.check()
      let opened = work.open(contents, try work.keys(vault))
      try work.check()
      for entry in opened { StandardStream.output.write(entry.plain) }
    }
  }

  /// `spile vault edit`.
  struct Edit: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Edit encrypted files; EDITOR names the editor.",
      discussion: "A file keeps its password, unless --encrypt-vault-id names another.")

    @Argument(help: "The files.", completion: .file()) var files: [String]
    @OptionGroup var vault: VaultOptions
    @OptionGroup var sealing: SealingOptions

    func run() throws {
      var work = VaultWork()
      let contents = work.contents(files)
      try work.check()
      let keys = try work.keys(vault)
      let opened = work.open(contents, keys)
      let chosen = sealing.encryptVaultID.flatMap { work.sealing(keys, id: $0) }
      try work.check()
      for entry in opened {
        guard let path = entry.content.path else { continue }
        do throws(Diagnostic) {
          let edited = try PrivateEditing.edit(entry.plain, of: path)
          if edited == entry.plain, chosen == nil { continue }
          if let bytes = work.seal(edited, chosen ?? entry.password) {
            work.put(bytes, for: entry.content, output: nil, .kept)
          }
        } catch {
          work.diagnostics.add(error)
        }
        try work.check()
      }
    }
  }

  /// `spile vault create`.
  struct Create: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write a new encrypted file; EDITOR names the editor.")

    @Argument(help: "The file.", completion: .file()) var file: String
    @OptionGroup var vault: VaultOptions
    @OptionGroup var sealing: SealingOptions

    func run() throws {
      var work = VaultWork()
      if ControllerDisk.system.kind(file) != nil {
        work.diagnostics.add(
          Diagnostic(
            .error, "file-exists", "`\(file)` is there already",
            help: "`spile vault edit` edits it, `spile vault encrypt` encrypts it"))
      }
      try work.check()
      let keys = try work.keys(vault, isNew: true)
      try work.check()
      guard let password = work.sealing(keys, id: sealing.encryptVaultID) else {
        return try work.check()
      }
      do throws(Diagnostic) {
        let edited = try PrivateEditing.edit([], of: file)
        if let bytes = work.seal(edited, password) {
          work.put(
            bytes, for: VaultWork.Content(path: file, bytes: []), output: nil, .kept)
        }
      } catch {
        work.diagnostics.add(error)
      }
      try work.check()
    }
  }

  /// `spile vault rekey`.
  struct Rekey: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Encrypt encrypted files with another password.",
      discussion: "Nothing is written unless all files can be opened.")

    @Argument(help: "The files.", completion: .file()) var files: [String]
    @OptionGroup var vault: VaultOptions

    @Option(
      name: .customLong("new-vault-id"),
      help: ArgumentHelp("The new password and its id.", valueName: "id@source"))
    var newVaultID: String?

    @Option(
      help: ArgumentHelp("A file or program with the new password.", valueName: "file"),
      completion: .file())
    var newVaultPasswordFile: String?

    func validate() throws {
      if newVaultID != nil, newVaultPasswordFile != nil {
        throw ValidationError("--new-vault-id and --new-vault-password-file exclude each other")
      }
    }

    func run() throws {
      var work = VaultWork()
      let contents = work.contents(files)
      try work.check()
      let opened = work.open(contents, try work.keys(vault))
      try work.check()
      let source =
        newVaultID.map(VaultSource.init)
        ?? VaultSource(id: VaultPassword.defaultID, place: newVaultPasswordFile ?? "prompt")
      let password = source.password(isNew: true, into: &work.diagnostics)
      let sealed = opened.map { entry in
        password.flatMap { work.seal(entry.plain, $0) } ?? []
      }
      try work.check()
      for (entry, bytes) in zip(opened, sealed) {
        work.put(bytes, for: entry.content, output: nil, .kept)
      }
      try work.check()
    }
  }

  /// `spile vault encrypt-string`.
  struct EncryptString: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "encrypt-string",
      abstract: "Encrypt a text of standard input to a YAML value.",
      discussion: """
        printf %s "$token" | spile vault encrypt-string --name api_token >> group_vars/all.yml
        At a terminal the text is asked for. A line break at its end counts, as in ansible-vault.
        """, aliases: ["encrypt_string"])

    @Argument(
      help: ArgumentHelp("Refused: arguments are no place for secrets.", visibility: .hidden))
    var words: [String] = []
    @Option(
      name: [.customShort("n"), .customLong("name"), .customLong("stdin-name")],
      help: ArgumentHelp("The name of the variable.", valueName: "name"))
    var name: String?
    @OptionGroup var vault: VaultOptions
    @OptionGroup var sealing: SealingOptions
    @OptionGroup var output: VaultOutputOptions

    func run() throws {
      var work = VaultWork()
      if !words.isEmpty {
        work.diagnostics.add(
          Diagnostic(
            .error, "secret-argument", "the text is not taken from the command line",
            help: "everybody on this machine can read arguments: pipe the text to standard input"))
      }
      try work.check()
      let keys = try work.keys(vault, isNew: true)
      try work.check()
      let password = work.sealing(keys, id: sealing.encryptVaultID)
      try work.check()
      let plain: [UInt8]
      if StandardInput.isTerminal {
        plain = Array((Password.ask("Text to encrypt: ") ?? "").utf8)
      } else {
        plain = StandardInput.all()
      }
      guard let password, let bytes = work.seal(plain, password) else { return try work.check() }
      let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        .map { "          \($0)\n" }.joined()
      let yaml = (name.map { "\($0): " } ?? "") + "!vault |\n" + lines
      work.put(
        Array(yaml.utf8), for: VaultWork.Content(path: nil, bytes: []), output: output.output,
        .kept)
      try work.check()
    }
  }
}

/// What is encrypted with.
struct SealingOptions: ParsableArguments {
  @Option(
    name: .customLong("encrypt-vault-id"),
    help: ArgumentHelp("The id of the password to encrypt with, of several.", valueName: "id"))
  var encryptVaultID: String?
}

/// Where a result goes.
struct VaultOutputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write to this file instead; - is standard output.", valueName: "file"),
    completion: .file())
  var output: String?
}
