import Diagnostics
import ModuleKit
import PKI
import Schema

/// `certificate`: a certificate of an authority of the controller, with its private key, on the host.
struct CertificateModule: StateModule {
  /// Where a private key is made.
  enum KeyPlace: String, ParameterChoice { case controller, host }

  let path: HostPath
  let keyPath: HostPath
  private let wish: CertificateWish
  private let keyPlace: KeyPlace
  private let rekeys: Bool
  private let sendsChain: Bool
  private let permissions: Permissions
  private let keyPermissions: Permissions

  init(_ arguments: Arguments) throws(Diagnostic) {
    path = try arguments[Self.path]
    keyPath = try arguments[Self.keyPath]
    keyPlace = try arguments[Self.key]
    rekeys = try arguments[Self.rekey]
    sendsChain = try arguments[Self.chain]
    permissions = try Permissions(arguments)
    keyPermissions = Permissions(
      mode: ModeWish(try arguments[Self.keyMode]), owner: permissions.owner,
      group: permissions.group)
    wish = try CertificateWish(
      arguments, names: try Self.names(arguments), usages: try Self.usages(arguments),
      keyType: keyPlace == .host ? nil : try arguments[CertificateWish.keyType].type)
    guard path != keyPath else {
      throw Diagnostic(
        .error, "same-path", "`path` and `key_path` are the same file",
        at: arguments.span(of: Self.keyPath.manual),
        help: "the private key needs a file of its own, which fewer may read")
    }
  }

  private static func usages(_ arguments: Arguments) throws(Diagnostic) -> [Issuance.Usage] {
    let usages = try arguments[Self.usages].map(\.usage)
    guard !usages.isEmpty else {
      throw Diagnostic(
        .error, "argument-range", "`usages` is empty: nobody would accept the certificate",
        at: arguments.span(of: Self.usages.manual), help: "name `server`, `client` or both")
    }
    return Issuance.Usage.allCases.filter { usages.contains($0) }
  }

  private static func names(_ arguments: Arguments) throws(Diagnostic) -> [AlternativeName] {
    var names: [AlternativeName] = []
    for text in try arguments[dnsNames] {
      guard let name = AlternativeName(dns: text) else {
        let isAddress = AlternativeName(address: text) != nil
        throw Diagnostic(
          .error, "dns-name",
          isAddress ? "`\(text)` is an address, not a DNS name" : "`\(text)` is no DNS name",
          at: arguments.span(of: dnsNames.manual),
          help: isAddress ? "list it under `ip_addresses`" : nil)
      }
      if !names.contains(name) { names.append(name) }
    }
    for text in try arguments[addresses] {
      guard let name = AlternativeName(address: text) else {
        throw Diagnostic(
          .error, "ip-address", "`\(text)` is no IPv4 or IPv6 address",
          at: arguments.span(of: addresses.manual),
          help: AlternativeName(dns: text) != nil ? "list names under `dns_names`" : nil)
      }
      if !names.contains(name) { names.append(name) }
    }
    return names
  }

  // MARK: - Reading

  func reads(given facts: FactView) -> [FactRequest] {
    FileWrite.reads(path, permissions, given: facts)
      + FileWrite.reads(keyPath, keyPermissions, given: facts)
      + [
        ContentFact.request(content: path),
        FactRequest(
          PrivateKeyFact.self, keyPath.string, wants: keyPlace == .host ? ["public"] : []),
      ]
  }

  /// What is on the host.
  private struct Found {
    var file: FileFact?
    var content: ContentFact?
    var certificates: [Certificate]
    var keyFile: FileFact?
    var key: PrivateKeyFact?
  }

  private func found(_ facts: FactView) throws(Obstacle) -> Found {
    let file = try regular(path, facts)
    let keyFile = try regular(keyPath, facts)
    let content = file == nil ? nil : try facts.fact(ContentFact.self, path.string)
    let text = content?.content.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
    let key = keyFile == nil ? nil : try facts.fact(PrivateKeyFact.self, keyPath.string)
    if key?.shape == .untold {
      throw .refusing(
        "untold-key",
        "`\(keyPath)` holds a private key of a kind that only openssl can tell, and the host has none",
        help: "install openssl there; or remove the key: a new one is made")
    }
    return Found(
      file: file, content: content, certificates: Certificate.all(pem: text) ?? [],
      keyFile: keyFile, key: key)
  }

  private func regular(_ path: HostPath, _ facts: FactView) throws(Obstacle) -> FileFact? {
    guard let file = try facts.fact(FileFact.self, path.string) else { return nil }
    guard file.type == .regular else {
      throw .refusing(
        "not-a-file", "`\(path)` is a \(file.type.rawValue), not a file",
        help: "remove it first, or name another path")
    }
    return file
  }

  // MARK: - Comparing

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    if keyPlace == .host, case .unknown = facts.reading(PrivateKeyFact.self, keyPath.string),
      try facts.fact(FileFact.self, path.string) == nil
    {
      // A plan: the host will make the key first.
      return [
        Change(path.string, "certificate", .create, from: .absent, to: .text(wish.description))
      ]
    }
    let found = try found(facts)
    let differences = try differences(found)
    guard !differences.isEmpty else {
      return try attributes(of: path, permissions, found.file, facts)
        + attributes(of: keyPath, keyPermissions, found.keyFile, facts)
    }
    let isAbsent = found.file == nil
    var changes = differences.map { difference in
      Change(
        path.string, difference.attribute, isAbsent ? .create : .update, from: difference.before,
        to: difference.after)
    }
    let writing: CertificateWriting
    if differences.allSatisfy({ $0.attribute == Self.chainAttribute }),
      let leaf = found.certificates.first
    {
      writing = try self.writing(leaf, key: nil, found, facts)
    } else if let half = try keptKey(found) {
      writing = try self.writing(wish.issue(for: half), key: nil, found, facts)
    } else {
      let (key, half) = try wish.newKey()
      writing = try self.writing(wish.issue(for: half), key: (key, half), found, facts)
      changes.append(
        Change(
          keyPath.string, "key", found.keyFile == nil ? .create : .update,
          from: found.keyFile == nil ? .absent : .text("another key"),
          to: .text("a new one, \(half.type?.rawValue ?? "")")))
    }
    changes[0].steps = writing.steps
    changes[0].predicts = writing.predictions
    changes += attributeChanges(found, writing)
    return changes
  }

  static let chainAttribute = "chain"

  private func differences(_ found: Found) throws(Obstacle) -> [CertificateWish.Difference] {
    guard found.file != nil else {
      return [.init(attribute: "certificate", before: .absent, after: .text(wish.description))]
    }
    guard let leaf = found.certificates.first, let half = leaf.publicHalf else {
      return [
        .init(
          attribute: "certificate", before: .text("something that is no certificate"),
          after: .text(wish.description))
      ]
    }
    var differences = wish.differences(from: leaf)
    if found.key?.belongs(to: half) != true {
      let before: String =
        switch found.key?.shape {
        case nil: "absent"
        case .some(.none): "something that is no private key"
        default: "one that does not belong to the certificate"
        }
      differences.append(
        .init(attribute: "private key", before: .text(before), after: .text("the certificate's")))
    }
    let chain = sendsChain ? wish.authority.chain : []
    let behind = found.certificates.dropFirst()
    if behind.map(\.encoded) != chain.map(\.encoded) {
      differences.append(
        .init(
          attribute: Self.chainAttribute, before: Self.shown(Array(behind)),
          after: Self.shown(chain)))
    }
    return differences
  }

  private static func shown(_ chain: [Certificate]) -> Shown {
    chain.isEmpty
      ? .text("the certificate alone")
      : .text(chain.map { Subject($0.subject).description }.joined(separator: "; "))
  }

  /// The public half of the key that a new certificate is for, where that is not a new key.
  private func keptKey(_ found: Found) throws(Obstacle) -> PublicHalf? {
    if keyPlace == .host {
      guard let key = found.key, key.shape != .none else {
        throw .refusing(
          "no-host-key", "there is no private key at `\(keyPath)`",
          help:
            "a `private_key` task before this one makes it there; or let `key: controller` make one"
        )
      }
      guard let half = key.publicKey.flatMap({ PublicHalf($0) }) else {
        throw .refusing(
          "no-openssl",
          "the public half of `\(keyPath)` cannot be read: openssl is missing on the host",
          help: "install the package openssl there, or use `key: controller`")
      }
      return half
    }
    guard !rekeys, let half = found.certificates.first?.publicHalf,
      found.key?.belongs(to: half) == true, half.type == wish.keyType
    else { return nil }
    return half
  }

  // MARK: - Writing

  private func writing(
    _ leaf: Certificate, key: (SigningKey, PublicHalf)?, _ found: Found, _ facts: FactView
  ) throws(Obstacle) -> CertificateWriting {
    let chain = sendsChain ? wish.authority.chain : []
    return CertificateWriting(
      path: path, keyPath: keyPath,
      pem: leaf.pem + chain.map(\.pem).joined(), key: key,
      attributes: try wished(path, permissions, found.file, facts),
      keyAttributes: try wished(keyPath, keyPermissions, found.keyFile, facts),
      digest: found.content?.sha256)
  }

  private func wished(
    _ path: HostPath, _ permissions: Permissions, _ file: FileFact?, _ facts: FactView
  ) throws(Obstacle) -> Attributes {
    if let file { return try permissions.applied(to: file, facts) }
    let parent = try Parent.known(of: path, facts)
    return try permissions.new(.regular, mode: FileMode(bits: 0o644), in: parent, facts)
  }

  /// Changes of mode and owner that the writing brings along.
  private func attributeChanges(_ found: Found, _ writing: CertificateWriting) -> [Change] {
    var changes: [Change] = []
    if let file = found.file {
      changes += writing.attributes.changes(of: path, from: file, steps: [], predicts: [])
    }
    if writing.key != nil, let file = found.keyFile {
      changes += writing.keyAttributes.changes(of: keyPath, from: file, steps: [], predicts: [])
    } else if let file = found.keyFile {
      changes += writing.keyAttributes.changes(of: keyPath, from: file)
    }
    return changes
  }

  private func attributes(
    of path: HostPath, _ permissions: Permissions, _ file: FileFact?, _ facts: FactView
  ) throws(Obstacle) -> [Change] {
    guard let file else { return [] }
    return try permissions.applied(to: file, facts).changes(of: path, from: file)
  }

  // MARK: - Result

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    var result: ValueMap = ["path": .string(path.string), "key_path": .string(keyPath.string)]
    guard let bytes = facts.known(ContentFact.self, path.string)?.content?.bytes,
      let leaf = Certificate(pem: String(decoding: bytes, as: UTF8.self)), let end = leaf.end
    else { return result }
    result["subject"] = .string(Subject(leaf.subject).description)
    result["names"] = .list(leaf.alternativeNames.map { .string($0.description) })
    result["not_after"] = .string(end.iso8601)
    result["days_left"] = .int((end.seconds - wish.now.seconds) / 86400)
    result["serial_number"] = .string(String(leaf.serialNumber, radix: 16))
    result["sha256"] = .string(sha256Hex(leaf.encoded))
    return result
  }
}
