/// Whom a certificate is for: the part of a distinguished name that Kubernetes and etcd look at.
package struct Subject: Sendable, Hashable, CustomStringConvertible {
  package var commonName: String
  /// Groups, for Kubernetes; their order does not count.
  package var organizations: [String]
  /// Whether there are attributes besides these.
  package let hasMore: Bool

  package init(commonName: String, organizations: [String] = []) {
    self.commonName = commonName
    self.organizations = organizations
    hasMore = false
  }

  /// The object identifiers of the attributes (RFC 4519).
  private static let (commonName, organization) = ("2.5.4.3", "2.5.4.10")

  /// From the attributes of a name.
  package init(_ attributes: [Certificate.Attribute]) {
    commonName = attributes.last { $0.identifier == Self.commonName }?.value ?? ""
    organizations = attributes.filter { $0.identifier == Self.organization }.map(\.value)
    hasMore = attributes.count > organizations.count + (commonName.isEmpty ? 0 : 1)
  }

  package static func == (left: Subject, right: Subject) -> Bool {
    left.commonName == right.commonName && left.hasMore == right.hasMore
      && Set(left.organizations) == Set(right.organizations)
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(commonName) }

  /// `CN=kubernetes-admin, O=kubeadm:cluster-admins`.
  package var description: String {
    (["CN=\(commonName)"] + organizations.map { "O=\($0)" } + (hasMore ? ["and more"] : []))
      .joined(separator: ", ")
  }

  /// Organizations in one set, then the common name, as Go writes it (crypto/x509/pkix).
  var encoded: [UInt8] {
    func attribute(_ identifier: String, _ value: String) -> [UInt8] {
      DERWriting.sequence([DERWriting.object(identifier), DERWriting.utf8(value)])
    }
    var sets: [[UInt8]] = []
    if !organizations.isEmpty {
      sets.append(DERWriting.set(organizations.map { attribute(Self.organization, $0) }))
    }
    sets.append(DERWriting.set([attribute(Self.commonName, commonName)]))
    return DERWriting.sequence(sets)
  }
}
