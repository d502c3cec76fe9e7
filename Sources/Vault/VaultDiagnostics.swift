import Diagnostics

extension EnvelopeFault {
  /// What is wrong with an encrypted thing, such as "the file `all.yml`" or "this value".
  package func diagnostic(_ thing: String, at span: Span?) -> Diagnostic {
    Diagnostic(
      .error, "vault-format", "\(thing) is encrypted, and damaged: \(message)", at: span,
      help: help)
  }
}

extension VaultRefusal {
  /// Stable: `vault-password-missing` or `vault-password-wrong`.
  package var id: String {
    switch self {
    case .noPassword: "vault-password-missing"
    case .noneFits: "vault-password-wrong"
    }
  }

  /// The fact about an encrypted thing, such as "the file `all.yml`" or "this value".
  package func message(_ thing: String, label: String?) -> String {
    let name = label.map { " with the vault id `\($0)`" } ?? ""
    switch self {
    case .noPassword: return "\(thing) is encrypted\(name), and no vault password was given"
    case .noneFits(let tried):
      let ids = tried.map { "`\($0)`" }.joined(separator: ", ")
      return "\(thing) is encrypted\(name), and no vault password opens it; tried: \(ids)"
    }
  }

  /// What to do.
  package var help: String {
    switch self {
    case .noPassword:
      "give one: --vault-password-file FILE, --vault-id ID@FILE, or -J to be asked"
    case .noneFits:
      "give the password it was encrypted with, or restore it if it was altered since"
    }
  }

  /// Why an encrypted thing cannot be read.
  package func diagnostic(_ thing: String, label: String?, at span: Span?) -> Diagnostic {
    Diagnostic(.error, id, message(thing, label: label), at: span, help: help)
  }
}
