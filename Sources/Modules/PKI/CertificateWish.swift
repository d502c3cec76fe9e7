import Diagnostics
import ModuleKit
import PKI
import Schema

/// What a leaf certificate is to be like: compared with the one that is there, and issued where they differ.
struct CertificateWish: Sendable {
  /// How many seconds before its making a certificate begins to be valid: clocks of hosts differ.
  static let skew = 300

  var authority: Authority
  var subject: Subject
  var alternativeNames: [AlternativeName]
  var usages: [Issuance.Usage]
  var validDays: Int
  /// How many days before its end it is renewed; less than `validDays`.
  var renewBefore: Int
  /// nil for the key that is there, whatever its kind.
  var keyType: KeyAlgorithm?
  var now: Moment

  static let commonName = Parameter<String>.required(
    "common_name", "Whom it is for: the user, for Kubernetes. 1 to 64 characters.")
  static let organization = Parameter<[String]>.optional(
    "organization", "Organizations of the subject: groups, for Kubernetes.", default: [],
    shown: "none")
  static let validDays = Parameter<Days>.optional(
    "valid_days",
    "How long a new certificate is valid, at most until its authority expires.", default: Days(365),
    shown: "365")
  static let renewBefore = Parameter<Days?>.optional(
    "renew_before_days",
    """
    How many days before its end a certificate is renewed; fewer than `valid_days`. Without it a third of `valid_days`, at \
    most 90: three months are enough to notice that nobody ran this, and a certificate for a month is not renewed at \
    every run.
    """)
  static let keyType = Parameter<KeyTypeChoice>.optional(
    "key_type", "The kind of a key that is made.", default: KeyTypeChoice(.ecdsaP256),
    shown: "ecdsa-p256")

  init(
    _ arguments: Arguments, names: [AlternativeName], usages: [Issuance.Usage],
    keyType: KeyAlgorithm?
  ) throws(Diagnostic) {
    authority = try KeptAuthority.read(arguments)
    let commonName = try arguments[Self.commonName]
    guard (1...64).contains(commonName.count) else {
      throw Diagnostic(
        .error, "argument-range",
        "`common_name` must have 1 to 64 characters (RFC 5280, A.1), not \(commonName.count)",
        at: arguments.span(of: Self.commonName.manual))
    }
    subject = Subject(commonName: commonName, organizations: try arguments[Self.organization])
    alternativeNames = names
    self.usages = usages
    validDays = try arguments[Self.validDays].count
    let renewBefore = try arguments[Self.renewBefore]?.count
    self.renewBefore = renewBefore ?? min(90, validDays / 3)
    self.keyType = keyType
    now = Moment(seconds: arguments.now)
    guard self.renewBefore < validDays else {
      throw Diagnostic(
        .error, "renewed-for-ever",
        "`renew_before_days` is \(self.renewBefore), and `valid_days` only \(validDays): every run would renew it",
        at: arguments.span(of: Self.renewBefore.manual), help: "let it be smaller than `valid_days`"
      )
    }
  }

  /// When a certificate would end that were made now.
  var end: Moment {
    let end = now.adding(days: validDays)
    return authority.certificate.end.map { min($0, end) } ?? end
  }

  /// In a few words, for a plan.
  var description: String {
    var parts = ["\(subject)"]
    if !alternativeNames.isEmpty {
      parts.append(alternativeNames.map(\.description).joined(separator: " "))
    }
    parts.append(usages.map(\.rawValue).joined(separator: " and "))
    parts.append("until \(end.counted(from: now))")
    parts.append("by \(authority.name)")
    return parts.joined(separator: "; ")
  }

  /// One thing in which a certificate is not as it is to be.
  struct Difference {
    var attribute: String
    var before: Shown
    var after: Shown
  }

  /// What differs of a certificate that is there.
  func differences(from certificate: Certificate) -> [Difference] {
    var found: [Difference] = []
    func compare(_ attribute: String, _ before: String, _ after: String) {
      found.append(Difference(attribute: attribute, before: .text(before), after: .text(after)))
    }
    let there = Subject(certificate.subject)
    if there != subject { compare("subject", "\(there)", "\(subject)") }
    let names = certificate.alternativeNames
    if Set(names) != Set(alternativeNames) {
      found.append(
        Difference(
          attribute: "names", before: Self.lines(names), after: Self.lines(alternativeNames)))
    }
    let identifiers = certificate.extendedUsages ?? []
    if Set(identifiers) != Set(usages.map(\.identifier)) {
      compare(
        "usages", Self.usages(certificate.extendedUsages),
        usages.map(\.rawValue).joined(separator: ", "))
    }
    if !certificate.isIssued(by: authority.certificate) {
      let issuer = Subject(certificate.issuer).description
      compare(
        "issuer", issuer == authority.name ? "another authority of the name \(issuer)" : issuer,
        authority.name)
    }
    if let end = certificate.end, isDue(end) {
      compare("expiry", end.counted(from: now), self.end.counted(from: now))
    } else if let begin = certificate.begin, now < begin {
      compare("validity", "from \(begin.iso8601) on only", "from now on")
    }
    if let keyType, let half = certificate.publicHalf, half.type != keyType {
      compare("key type", half.type?.rawValue ?? "another kind", keyType.rawValue)
    }
    return found
  }

  /// Whether it is time for a new one: and a new one would last longer, which it does not where the authority ends.
  private func isDue(_ end: Moment) -> Bool {
    end < now.adding(days: renewBefore) && end.adding(days: 1) < self.end
  }

  private static func lines(_ names: [AlternativeName]) -> Shown {
    names.isEmpty
      ? .absent : .content(names.map { "\($0)\n" }.sorted().joined())
  }

  private static func usages(_ identifiers: [String]?) -> String {
    guard let identifiers else { return "any" }
    return identifiers.map { identifier in
      Issuance.Usage.allCases.first { $0.identifier == identifier }?.rawValue ?? identifier
    }.joined(separator: ", ")
  }

  /// A certificate for a key, as of now.
  func issue(for key: PublicHalf) throws(Obstacle) -> Certificate {
    guard let signer = authority.key,
      let certificate = try? Issuance(
        subject: subject, alternativeNames: alternativeNames, purpose: .leaf(usages),
        validity: (Moment(seconds: now.seconds - Self.skew), end), publicKey: key
      ).issued(by: authority.certificate, key: signer)
    else { throw .refusing("not-signed", "the authority \(authority.name) could not sign") }
    return certificate
  }

  /// A new key and its public half.
  func newKey() throws(Obstacle) -> (SigningKey, PublicHalf) {
    guard let key = try? SigningKey(new: keyType ?? .ecdsaP256),
      let half = PublicHalf(key.publicKey)
    else { throw .refusing("no-key", "no key could be made") }
    return (key, half)
  }
}
