/// A certificate authority: its certificate, those above it, and its key.
package struct Authority: Sendable {
  package let certificate: Certificate
  /// The certificates above it, as they lie in its file, without a self-signed one at the end: what a server has to
  /// send along with a leaf, besides the authority's own certificate.
  package let above: [Certificate]
  /// All certificates of its file: what those are given who are to trust it.
  package let trusted: [Certificate]
  /// nil where only certificates are at hand.
  package let key: SigningKey?

  /// By how many seconds a clock may be behind the one of whoever made the authority.
  private static let tolerance = 300

  /// Why files are no certificate authority, or none that can be used.
  package enum Fault: Error, Sendable, Hashable {
    case noCertificate
    case noKey
    case foreignKey
    case notAuthority
    case notForSigning
    case expired(Moment)
    case notYetValid(Moment)
    case brokenChain(String)
    case pathTooLong(String, Int)

    /// The fact, in lower case, about "it": the authority.
    package var message: String {
      switch self {
      case .noCertificate: "`ca.crt` holds no certificate"
      case .noKey:
        "`ca.key` holds no private key of a kind that is known (PKCS#1, SEC 1 or PKCS#8; RSA from 2048 bits, P-256, P-384, P-521)"
      case .foreignKey: "the key in `ca.key` does not belong to the certificate in `ca.crt`"
      case .notAuthority:
        "the certificate in `ca.crt` is not one of an authority (basic constraints CA:TRUE)"
      case .notForSigning:
        "the certificate in `ca.crt` may not sign certificates (key usage keyCertSign)"
      case .expired(let moment): "the certificate in `ca.crt` expired at \(moment.iso8601)"
      case .notYetValid(let moment):
        "the certificate in `ca.crt` is valid from \(moment.iso8601) on only"
      case .brokenChain(let name):
        "in `ca.crt` the certificate of `\(name)` is not signed by the one that follows it"
      case .pathTooLong(let name, let length):
        "the certificate of `\(name)` allows \(length) authorities below it, and there are more"
      }
    }
  }

  /// Reads an authority's files.
  ///
  /// - Parameters:
  ///   - certificates: PEM, the authority's own certificate first, those above it behind it.
  ///   - key: PEM; nil where only the certificates matter.
  /// - Throws: why they are no authority; what has expired is for `checkValidity`.
  package init(certificates: String, key: String?) throws(Fault) {
    guard let all = Certificate.all(pem: certificates), let own = all.first else {
      throw .noCertificate
    }
    guard own.isAuthority else { throw .notAuthority }
    guard own.keyUsage(5) != false else { throw .notForSigning }
    for (index, authority) in all.enumerated() where index > 0 {
      guard all[index - 1].isIssued(by: authority) else {
        throw .brokenChain(Subject(all[index - 1].subject).description)
      }
      if let length = authority.pathLength, length < index {
        throw .pathTooLong(Subject(authority.subject).description, length)
      }
    }
    certificate = own
    trusted = all
    above = all.dropFirst().filter { !$0.isSelfSigned }
    guard let text = key else {
      self.key = nil
      return
    }
    guard let key = SigningKey(pem: text) else { throw .noKey }
    guard key.publicKey == Array(own.publicKey.encoded) else { throw .foreignKey }
    self.key = key
  }

  /// Refuses an authority that has expired, or is not valid yet.
  package func checkValidity(at now: Moment) throws(Fault) {
    if let end = certificate.end, end < now { throw .expired(end) }
    if let begin = certificate.begin, now.seconds + Self.tolerance < begin.seconds {
      throw .notYetValid(begin)
    }
  }

  /// What a server sends along with a leaf: nothing below a self-signed authority, else the authority and those above it.
  package var chain: [Certificate] { certificate.isSelfSigned ? [] : [certificate] + above }

  /// The name, for people.
  package var name: String { Subject(certificate.subject).description }
}
