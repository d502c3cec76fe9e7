import ModuleKit
import PKI
import Schema

/// A certificate, and maybe its new private key, on their way to a host: both are put into place, or none.
struct CertificateWriting {
  let path: HostPath
  let keyPath: HostPath
  /// The certificate and those above it.
  let pem: String
  /// nil where the key on the host stays.
  let key: (SigningKey, PublicHalf)?
  let attributes: Attributes
  let keyAttributes: Attributes
  /// The SHA-256 of the certificate's file as it was read; nil where there is none.
  let digest: String?

  var steps: [Step] {
    let precondition =
      digest.map {
        Precondition(
          "has_digest \(path.string) \($0)", failure: "`\(path)` changed since it was read")
      }
      ?? Precondition(
        "is_absent \(path.string)", failure: "`\(path)` was made since it was looked for")
    guard let key else {
      return [
        Step(
          "write the certificate \(path)",
          """
          new_temp \(path.string) || exit
          cat >"$temp" || exit
          place \(path.string) \(attributes.modeArgument) \(attributes.ownerArgument)
          """, input: Blob(Array(pem.utf8)), preconditions: [precondition],
          footprint: .path(path.string))
      ]
    }
    return [
      Step(
        "write the certificate \(path) and its key", pairScript,
        input: Blob(Array((pem + key.0.pem).utf8), isSecret: true), preconditions: [precondition],
        footprint: Footprint.path(path.string).union(.path(keyPath.string)), isSecret: true)
    ]
  }

  /// Both files are complete before the first one is renamed, and the renames follow at once.
  private var pairScript: Script {
    """
    pem=$(cat) || exit
    new_temp \(keyPath.string) || exit
    key=$temp
    temp=
    trap 'rm -f -- "$key" "$temp"' EXIT
    temp=$(mktemp \(path.parent.string)/.spile.XXXXXX) || exit
    certificate=$temp
    printf '%s\\n' "$pem" | sed -n '/^-----BEGIN CERTIFICATE-----/,/^-----END CERTIFICATE-----/p' >"$certificate" || exit
    printf '%s\\n' "$pem" | sed -n '/^-----BEGIN [A-Z ]*PRIVATE KEY-----/,/^-----END/p' >"$key" || exit
    pem=
    temp=$key
    place \(keyPath.string) \(keyAttributes.modeArgument) \(keyAttributes.ownerArgument) || exit
    key=
    temp=$certificate
    place \(path.string) \(attributes.modeArgument) \(attributes.ownerArgument)
    """
  }

  var predictions: [Prediction] {
    let blob = Blob(Array(pem.utf8))
    var predictions = [
      Prediction(
        FileFact.self, path.string, .present(file(attributes, size: blob.bytes.count))),
      Prediction(
        ContentFact.self, path.string, .present(ContentFact(blob)), wants: [FactRequest.everything]),
    ]
    if let (key, half) = key {
      predictions += [
        Prediction(
          FileFact.self, keyPath.string,
          .present(file(keyAttributes, size: key.pem.utf8.count))),
        Prediction(
          PrivateKeyFact.self, keyPath.string, .present(PrivateKeyFact(half)),
          wants: [FactRequest.everything]),
      ]
    }
    return predictions
  }

  private func file(_ attributes: Attributes, size: Int) -> FileFact {
    FileFact(
      .regular, mode: attributes.mode, owner: attributes.owner, group: attributes.group, size: size)
  }
}
