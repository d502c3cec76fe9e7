import Diagnostics
import ModuleKit
import PKI
import Schema

/// `kubeconfig`: a kubeconfig with a client certificate on the host.
struct KubeconfigModule: StateModule {
  let path: HostPath
  private let kubeconfig: Kubeconfig
  private let wish: CertificateWish
  private let permissions: Permissions

  init(_ arguments: Arguments) throws(Diagnostic) {
    path = try arguments[Self.path]
    wish = try CertificateWish(
      arguments, names: [], usages: [.client],
      keyType: try arguments[CertificateWish.keyType].type)
    let server = try arguments[Self.server]
    let isURL =
      server.hasPrefix("https://") && server.utf8.count > 8
      && server.utf8.allSatisfy {
        $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: "@")
      }
    guard isURL else {
      throw Diagnostic(
        .error, "server-address", "`server` must be an address such as `https://10.0.0.10:6443`",
        at: arguments.span(of: Self.server.manual),
        help: "certificates of clients travel over TLS only, so it begins with `https://`")
    }
    let userName = try arguments[Self.userName] ?? wish.subject.commonName
    let clusterName = try arguments[Self.clusterName]
    for (text, parameter) in [
      (userName, Self.userName.manual), (clusterName, Self.clusterName.manual),
    ] where !Self.isName(text) {
      throw Diagnostic(
        .error, "kubeconfig-name", "`\(text)` is no name for a kubeconfig",
        at: arguments.span(of: parameter),
        help:
          "letters, digits and `-`, `_`, `.`, `:`, `@`, beginning and ending with a letter or digit"
      )
    }
    kubeconfig = Kubeconfig(
      server: server, clusterName: clusterName, userName: userName,
      authority: try Self.trusted(arguments) ?? wish.authority.trusted.map(\.pem).joined())
    var permissions = try Permissions(arguments)
    if permissions.mode == nil { permissions.mode = ModeWish(FileMode(bits: 0o600)) }
    self.permissions = permissions
  }

  /// The text of the authorities that are named; nil where none is.
  private static func trusted(_ arguments: Arguments) throws(Diagnostic) -> String? {
    guard let argument = arguments.argument(trusted.manual), try !arguments[trusted].isEmpty else {
      return nil
    }
    let bytes = try KeptFileModule.content(argument).bytes
    guard let certificates = Certificate.all(pem: String(decoding: bytes, as: UTF8.self)),
      !certificates.isEmpty
    else { throw argument.wrong("no-certificate", "names files without a certificate") }
    return certificates.map(\.pem).joined()
  }

  private static func isName(_ text: String) -> Bool {
    func isPlain(_ byte: UInt8) -> Bool {
      (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
    let marks = Array("-_.:@".utf8)
    guard let first = text.utf8.first, let last = text.utf8.last else { return false }
    return isPlain(first) && isPlain(last)
      && text.utf8.allSatisfy { isPlain($0) || marks.contains($0) }
  }

  // MARK: - Comparing

  func reads(given facts: FactView) -> [FactRequest] {
    FileWrite.reads(path, permissions, given: facts)
      + [FactRequest(KubeconfigFact.self, path.string)]
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let file = try facts.fact(FileFact.self, path.string) else {
      let parent = try Parent.known(of: path, facts)
      let attributes = try permissions.new(
        .regular, mode: FileMode(bits: 0o600), in: parent, facts)
      let difference = CertificateWish.Difference(
        attribute: "kubeconfig", before: .absent,
        after: .text("\(kubeconfig.server) as \(wish.description)"))
      return try written([difference], .create, attributes, digest: nil)
        + attributes.creation(of: path, wished: permissions)
    }
    guard file.type == .regular else {
      throw .refusing(
        "not-a-file", "`\(path)` is a \(file.type.rawValue), not a file",
        help: "remove it first, or name another path")
    }
    guard let there = try facts.fact(KubeconfigFact.self, path.string) else {
      throw .unreadable(FactKey(KubeconfigFact.self, path.string), "it went away")
    }
    let attributes = try permissions.applied(to: file, facts)
    let differences = differences(from: there)
    guard !differences.isEmpty else { return attributes.changes(of: path, from: file) }
    return try written(differences, .update, attributes, digest: there.sha256)
      + attributes.changes(of: path, from: file, steps: [], predicts: [])
  }

  private func differences(from there: KubeconfigFact) -> [CertificateWish.Difference] {
    var found: [CertificateWish.Difference] = []
    func compare(_ attribute: String, _ before: String, _ after: String) {
      found.append(.init(attribute: attribute, before: .text(before), after: .text(after)))
    }
    let server = Kubeconfig.value(Kubeconfig.serverStart, in: there.lines)
    if server != kubeconfig.server { compare("server", server ?? "none", kubeconfig.server) }
    let trusted = Kubeconfig.pem(Kubeconfig.authorityStart, in: there.lines) ?? ""
    if trusted != kubeconfig.authority {
      compare("authority", Self.names(trusted), Self.names(kubeconfig.authority))
    }
    let frame = Kubeconfig.frame(there.lines)
    let wished = Kubeconfig.frame(kubeconfig.lines(certificate: "", key: nil))
    if frame != wished || there.otherLines != 1 {
      found.append(
        .init(
          attribute: "names", before: .content(frame.joined(separator: "\n") + "\n"),
          after: .content(wished.joined(separator: "\n") + "\n")))
    }
    guard
      let leaf = Kubeconfig.pem(Kubeconfig.certificateStart, in: there.lines).flatMap(
        Certificate.init(pem:)),
      let half = leaf.publicHalf
    else {
      compare("certificate", "none", wish.description)
      return found
    }
    found += wish.differences(from: leaf)
    if there.key?.belongs(to: half) != true {
      compare("private key", "one that does not belong to the certificate", "the certificate's")
    }
    return found
  }

  /// Authorities by name, and the beginning of their fingerprints, since old and new ones have the same name.
  private static func names(_ pem: String) -> String {
    let all = Certificate.all(pem: pem) ?? []
    if all.isEmpty { return "none" }
    return all.map { "\(Subject($0.subject)) (\(sha256Hex($0.encoded).prefix(8)))" }
      .joined(separator: ", ")
  }

  // MARK: - Writing

  private func written(
    _ differences: [CertificateWish.Difference], _ action: Change.Action, _ attributes: Attributes,
    digest: String?
  ) throws(Obstacle) -> [Change] {
    let (key, half) = try wish.newKey()
    let leaf = try wish.issue(for: half)
    let certificate = ([leaf] + wish.authority.chain).map(\.pem).joined()
    let text =
      kubeconfig.lines(certificate: certificate, key: key.pem).joined(separator: "\n") + "\n"
    let content = Blob(Array(text.utf8), isSecret: true)
    let precondition =
      digest.map {
        Precondition(
          "has_digest \(path.string) \($0)", failure: "`\(path)` changed since it was read")
      }
      ?? Precondition(
        "is_absent \(path.string)", failure: "`\(path)` was made since it was looked for")
    var changes = differences.map {
      Change(path.string, $0.attribute, action, from: $0.before, to: $0.after)
    }
    changes[0].steps = [
      Step(
        "write \(path)",
        """
        new_temp \(path.string) || exit
        cat >"$temp" || exit
        place \(path.string) \(attributes.modeArgument) \(attributes.ownerArgument)
        """, input: content, preconditions: [precondition], footprint: .path(path.string),
        isSecret: true)
    ]
    changes[0].predicts = [
      Prediction(
        FileFact.self, path.string,
        .present(
          FileFact(
            .regular, mode: attributes.mode, owner: attributes.owner, group: attributes.group,
            size: content.bytes.count))),
      Prediction(
        KubeconfigFact.self, path.string,
        .present(
          KubeconfigFact(
            lines: kubeconfig.lines(certificate: certificate, key: nil), otherLines: 1,
            sha256: content.sha256, key: PrivateKeyFact(half)))),
    ]
    return changes
  }

  // MARK: - Result

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    var result: ValueMap = ["path": .string(path.string), "server": .string(kubeconfig.server)]
    guard let there = facts.known(KubeconfigFact.self, path.string),
      let leaf = Kubeconfig.pem(Kubeconfig.certificateStart, in: there.lines).flatMap(
        Certificate.init(pem:)),
      let end = leaf.end
    else { return result }
    result["subject"] = .string(Subject(leaf.subject).description)
    result["not_after"] = .string(end.iso8601)
    result["days_left"] = .int((end.seconds - wish.now.seconds) / 86400)
    return result
  }
}
