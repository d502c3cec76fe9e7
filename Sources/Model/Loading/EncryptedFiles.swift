import Diagnostics
import Schema
import Vault
import YAML

extension ControllerDisk {
  /// Bytes of a file as a text that diagnostics can point into: decrypted, and secret, where they are encrypted.
  ///
  /// - Throws: why an encrypted file cannot be opened; `span` is where the file was asked for.
  package func sourceFile(_ path: String, _ bytes: [UInt8], at span: Span? = nil)
    throws(Diagnostic) -> SourceFile
  {
    guard Envelope.begins(bytes) else { return SourceFile(name: path, bytes: bytes) }
    let file = SourceFile(name: path, bytes: bytes)
    let header = Span(file, 0..<(bytes.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count))
    let envelope = try opened("the file `\(path)`", at: header, askedAt: span) {
      () throws(EnvelopeFault) in try Envelope(bytes)
    }
    do throws(VaultRefusal) {
      return SourceFile(name: path, bytes: try vault.open(envelope), isSecret: true)
    } catch {
      throw error.diagnostic("the file `\(path)`", label: envelope.label, at: header)
        .asked(at: span)
    }
  }

  /// The text of an encrypted value; `thing` is what messages call it.
  ///
  /// - Throws: why it cannot be opened.
  package func decrypted(_ text: String, _ thing: String, at span: Span?)
    throws(Diagnostic) -> String
  {
    let envelope = try opened(thing, at: span, askedAt: nil) { () throws(EnvelopeFault) in
      try Envelope(Array(text.utf8))
    }
    let plain: [UInt8]
    do throws(VaultRefusal) {
      plain = try vault.open(envelope)
    } catch {
      throw error.diagnostic(thing, label: envelope.label, at: span)
    }
    guard let text = String(validating: plain, as: UTF8.self) else {
      throw Diagnostic(
        .error, "vault-encoding", "\(thing) is encrypted, and what is in it is not UTF-8",
        at: span, help: "encrypt binary content as a file, and send it with `copy`")
    }
    vault.secrets.remember(text)
    return text
  }

  /// Remembers the texts of a document that was encrypted, so that they are known when a host sends them back.
  func rememberSecrets(in root: Node) {
    if root.isAlias { return }
    switch root.kind {
    case .scalar: if !root.hasTemplate, !root.isEncrypted { vault.secrets.remember(root.text) }
    case .sequence: for element in root.elements { rememberSecrets(in: element) }
    case .mapping: for pair in root.pairs { rememberSecrets(in: pair.value) }
    }
  }

  private func opened(
    _ thing: String, at header: Span?, askedAt span: Span?,
    _ envelope: () throws(EnvelopeFault) -> Envelope
  ) throws(Diagnostic) -> Envelope {
    do throws(EnvelopeFault) {
      return try envelope()
    } catch {
      throw error.diagnostic(thing, at: header).asked(at: span)
    }
  }

  /// What is wrong with the encrypted values of a document, as far as that shows without a password.
  func faults(ofEncryptedValuesIn file: SourceFile, _ root: Node) -> [Diagnostic] {
    let tag = Array("!vault".utf8)
    guard file.bytes.indices.contains(where: { file.bytes[$0...].starts(with: tag) }) else {
      return []
    }
    var faults: [Diagnostic] = []
    collect(root, &faults)
    return faults
  }

  private func collect(_ node: Node, _ faults: inout [Diagnostic]) {
    if node.isAlias { return }
    switch node.kind {
    case .sequence: for element in node.elements { collect(element, &faults) }
    case .mapping:
      for (key, value) in node.pairs {
        collect(key, &faults)
        collect(value, &faults)
      }
    case .scalar:
      guard node.tag == "!vault" else { return }
      vault.noteEncryptedValue()
      do throws(EnvelopeFault) {
        _ = try Envelope(Array(node.text.utf8))
      } catch {
        faults.append(error.diagnostic("this value", at: node.tagSpan ?? node.span))
      }
    }
  }
}

extension Diagnostic {
  /// With the place where the file was asked for.
  fileprivate func asked(at place: Span?) -> Diagnostic {
    guard let place else { return self }
    var diagnostic = self
    diagnostic.labels.append(Label(place, "needed here"))
    return diagnostic
  }
}
