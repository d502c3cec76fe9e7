import ArgumentParser
import Diagnostics
import Glibc
import Model
import Vault

/// What the subcommands of `spile vault` have in common: contents in, contents out, and what is wrong with them.
struct VaultWork {
  /// A file with what is in it; nil as the path is standard input.
  struct Content {
    var path: String?
    var bytes: [UInt8]

    /// What messages call it.
    var title: String { path.map { "the file `\($0)`" } ?? "standard input" }

    /// Whether it is encrypted already.
    var isEncrypted: Bool { Envelope.begins(bytes) }
  }

  /// What was encrypted, and the password that opened it.
  struct Opened {
    var content: Content
    var plain: [UInt8]
    var password: VaultPassword
  }

  var diagnostics = DiagnosticBag()

  /// Prints what was found wrong; ends the command where that is an error.
  func check() throws { try Complaints.show(diagnostics) }

  // MARK: Passwords

  /// The passwords of the command line; without any, one is asked for.
  mutating func keys(_ options: VaultOptions, isNew: Bool = false) throws -> VaultKeys {
    let keys = options.keys(isNew: isNew, into: &diagnostics)
    if !keys.ids.isEmpty || diagnostics.hasErrors { return keys }
    let prompt = VaultSource(id: VaultPassword.defaultID, place: "prompt")
    let password = prompt.password(isNew: isNew, into: &diagnostics)
    return VaultKeys([password].compactMap(\.self))
  }

  /// The password that something is encrypted with.
  mutating func sealing(_ keys: VaultKeys, id: String?) -> VaultPassword? {
    let ids = Set(keys.ids)
    if let id {
      if let password = keys.password(named: id) { return password }
      diagnostics.add(
        Diagnostic(
          .error, "vault-id", "there is no vault password with the id `\(id)`",
          help: "give it with --vault-id \(id)@SOURCE"))
      return nil
    }
    guard ids.count > 1 else { return keys.password(named: nil) }
    diagnostics.add(
      Diagnostic(
        .error, "vault-id",
        "there are several vault passwords: \(ids.sorted().map { "`\($0)`" }.joined(separator: ", "))",
        help: "choose the one to encrypt with: --encrypt-vault-id ID"))
    return nil
  }

  // MARK: Contents

  /// The contents of files; of `-`, and without any path, standard input.
  mutating func contents(_ paths: [String]) -> [Content] {
    (paths.isEmpty ? ["-"] : paths).compactMap { path in
      if path == "-" { return Content(path: nil, bytes: StandardInput.all()) }
      do throws(ControllerDisk.Failure) {
        return Content(path: path, bytes: try ControllerDisk.system.read(path))
      } catch {
        diagnostics.add(
          Diagnostic(
            .error, error.isMissing ? "file-not-found" : "file-unreadable",
            "the file `\(path)` cannot be read: \(error.reason)"))
        return nil
      }
    }
  }

  /// What contents hold; those that are not encrypted, or cannot be opened, are reported.
  mutating func open(_ contents: [Content], _ keys: VaultKeys) -> [Opened] {
    contents.compactMap { content in
      guard content.isEncrypted else {
        diagnostics.add(
          Diagnostic(.error, "not-encrypted", "\(content.title) is not encrypted"))
        return nil
      }
      do throws(EnvelopeFault) {
        let envelope = try Envelope(content.bytes)
        do throws(VaultRefusal) {
          let (plain, password) = try keys.opening(envelope)
          return Opened(content: content, plain: plain, password: password)
        } catch {
          diagnostics.add(error.diagnostic(content.title, label: envelope.label, at: nil))
        }
      } catch {
        diagnostics.add(error.diagnostic(content.title, at: nil))
      }
      return nil
    }
  }

  /// An envelope as bytes; nil, and reported, where the system has no cipher.
  mutating func seal(_ plain: [UInt8], _ password: VaultPassword) -> [UInt8]? {
    do {
      return Array(try Envelope.sealing(plain, with: password).text.utf8)
    } catch {
      diagnostics.add(Diagnostic(.error, "vault-cipher", "nothing can be encrypted: \(error)"))
      return nil
    }
  }

  /// Writes to where it belongs: `output`, else the file itself, else standard output.
  mutating func put(
    _ bytes: [UInt8], for content: Content, output: String?, _ mode: SealedMode
  ) {
    guard let path = output ?? content.path, path != "-" else {
      StandardStream.output.write(bytes)
      return
    }
    do throws(ControllerDisk.Failure) {
      try FileWriting(.rewritten(keeping: mode.mask)).write(bytes, to: path)
    } catch {
      diagnostics.add(
        Diagnostic(.error, "vault-write", "`\(path)` cannot be written: \(error.reason)"))
    }
  }

  /// `--output` names one place, and so wants one content.
  mutating func checkOutput(_ output: String?, _ contents: [Content]) {
    guard output != nil, contents.count > 1 else { return }
    diagnostics.add(
      Diagnostic(
        .error, "vault-output", "--output is for one file, and there are \(contents.count)",
        help: "leave it out to replace the files, or go through them one by one"))
  }
}

/// What is piped into this process.
enum StandardInput {
  /// Everything up to its end.
  static func all() -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(STDIN_FILENO, &chunk, chunk.count)
      if count > 0 {
        bytes += chunk[..<count]
      } else if count == 0 || errno != EINTR {
        return bytes
      }
    }
  }

  static var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }
}

/// Which permission bits a file keeps that is there already.
enum SealedMode {
  /// Its own: the new content is encrypted.
  case kept
  /// Its own, without those of group and others: the new content is in plain.
  case narrowed

  var mask: UInt32 { self == .kept ? 0o777 : 0o700 }
}
