import Diagnostics
import Glibc
import ModuleKit
import PKI
import Schema
import Testing

/// An authority as the engine gives it to modules.
struct TestAuthority {
  static let now = Int(time(nil))

  let certificate: Certificate
  let key: SigningKey
  var above: [Certificate] = []
  /// Permission bits of the key's file, and whether it was encrypted.
  var (keyMode, isEncrypted) = (UInt16(0o600), true)

  init(_ name: String = "etcd-ca", days: Int = 3650, below parent: TestAuthority? = nil) throws {
    key = try SigningKey(new: .ecdsaP256)
    let present = Moment(seconds: Self.now)
    let issuance = Issuance(
      subject: Subject(commonName: name), purpose: .authority,
      validity: (Moment(seconds: Self.now - 300), present.adding(days: days)),
      publicKey: try #require(PublicHalf(key.publicKey)))
    if let parent {
      certificate = try issuance.issued(by: parent.certificate, key: parent.key)
      above = [parent.certificate] + parent.above
    } else {
      certificate = try issuance.selfSigned(with: key)
    }
  }

  var pem: String { ([certificate] + above).map(\.pem).joined() }

  /// The files of its folder.
  func content(without missing: String? = nil) -> ControllerContent {
    .tree(
      [
        .init(path: "ca/ca.crt", mode: 0o644, blob: Blob(Array(pem.utf8))),
        .init(
          path: "ca/ca.key", mode: keyMode,
          blob: Blob(Array(key.pem.utf8), isSecret: isEncrypted)),
      ].filter { entry in missing.map { !entry.path.hasSuffix($0) } ?? true })
  }
}

/// A module with an authority, in the present or some days later.
func module<M: Module>(
  _ type: M.Type, _ yaml: String, ca: TestAuthority, parameter: String = "ca", daysLater: Int = 0
) throws -> M {
  var arguments = try arguments(
    type.manual.name, yaml, contents: [parameter: ca.content()])
  arguments.now = TestAuthority.now + daysLater * 86400
  let wrong = type.manual.check(arguments)
  if !wrong.isEmpty { throw DiagnosticError(wrong) }
  return try type.init(arguments)
}
