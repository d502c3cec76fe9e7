import ModuleKit
import PKI
import Schema

/// Which private key lies in a PEM file: told by its public half, while the key itself stays on the host.
///
/// Keys as this program writes them are told by tools that every host has; other kinds by openssl(1) where it is there.
/// Wants: `public` asks for the public half itself, which takes openssl.
package struct PrivateKeyFact: Fact {
  package static let kind = "private key"
  package static let keysArePaths = true

  /// By what the key is told.
  package enum Shape: String, Sendable, Hashable {
    /// The point of a key on P-256: SEC 1 or PKCS#8 with the public half at its end.
    case point
    /// The modulus of an RSA key: PKCS#1 or PKCS#8.
    case modulus
    /// SubjectPublicKeyInfo, as openssl prints it.
    case encoded
    /// It is of a kind that only openssl could tell, and there is none.
    case untold
    /// It is no private key without a passphrase.
    case none
  }

  package var shape: Shape
  /// Lower-case hexadecimal SHA-256 of what tells the key; empty where nothing does.
  package var sha256: String
  /// SubjectPublicKeyInfo; nil where it was not asked for, or there is no openssl.
  package var publicKey: [UInt8]?

  package init(shape: Shape, sha256: String = "", publicKey: [UInt8]? = nil) {
    self.shape = shape
    self.sha256 = sha256
    self.publicKey = publicKey
  }

  /// Of a key as this program writes it.
  package init(_ half: PublicHalf) {
    self.init(shape: half.isRSA ? .modulus : .point, sha256: sha256Hex(half.characteristic ?? []))
  }

  package static func == (left: PrivateKeyFact, right: PrivateKeyFact) -> Bool {
    left.shape == right.shape && left.sha256 == right.sha256
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(sha256) }

  package func serves(_ wants: Set<String>, asked: Set<String>) -> Bool {
    wants.isSubset(of: asked) || publicKey != nil
  }

  /// Whether it is the key of a public half.
  package func belongs(to half: PublicHalf) -> Bool {
    switch shape {
    case .point, .modulus: half.characteristic.map { sha256Hex($0) } == sha256
    case .encoded: sha256Hex(half.encoded) == sha256
    case .untold, .none: false
    }
  }

  // MARK: - Asking

  package static func probe(_ requests: [FactRequest]) -> Script {
    let lines = requests.map { request -> Script in
      request.wants.contains("public")
        ? "look \(request.key.name) public" : "look \(request.key.name)"
    }
    return Script(lines: [functions, files] + lines + [":"])
  }

  private static let files: Script = """
    pem() { cat -- "$1"; }
    look() {
      if [ ! -e "$1" ] && [ ! -L "$1" ]; then
        put "$1" absent ''
      elif [ ! -f "$1" ] || [ ! -r "$1" ]; then
        put "$1" unreadable ''
      else
        shown=
        if [ -n "$2" ] && command -v openssl >/dev/null; then
          shown=$(pem "$1" | openssl pkey -passin pass: -pubout -outform DER 2>/dev/null | base64)
        fi
        put "$1" "$(tell "$1")" "$shown"
      fi
    }
    """

  /// `tell NAME` prints the shape and the digest of the key that `pem NAME` prints, on a line.
  ///
  /// Of the key's encoding (RFC 5915, RFC 5208, RFC 8017) only headers come into variables, and nothing into arguments.
  static let functions: Script = """
    key_bytes() {
      pem "$1" | sed -n '/^-----BEGIN [A-Z ]*PRIVATE KEY-----/,/^-----END/{/^-----/!p;}' | base64 -d 2>/dev/null
    }
    digest_of() {
      digest=$(sha256sum)
      printf '%s' "${digest%% *}"
    }
    header() { key_bytes "$1" | head -c "$2" | od -An -v -tx1 | tr -d ' \\n'; }
    modulus() {
      set -- "$1" "$2" $(key_bytes "$1" | tail -c "+$(($2 - 2))" | head -c 2 | od -An -tu1)
      printf 'modulus '
      key_bytes "$1" | tail -c "+$(($2 + 1))" | head -c "$(($3 * 256 + $4 - 1))" | digest_of
    }
    tell() {
      label=$(pem "$1" | sed -n 's/^-----BEGIN \\([A-Z ]*PRIVATE KEY\\)-----.*$/\\1/p' | head -n 1)
      size=$(($(key_bytes "$1" | wc -c)))
      case $label/$size in
        'EC PRIVATE KEY/121') start=$(header "$1" 7) ;;
        'PRIVATE KEY/138') start=$(header "$1" 36) ;;
        *PRIVATE\\ KEY/*) if [ "$size" -gt 600 ]; then start=$(header "$1" 60); else start=; fi ;;
        *) printf 'none '; return ;;
      esac
      case $label/$start in
        'EC PRIVATE KEY/30770201010420' \\
        | 'PRIVATE KEY/308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420')
          printf 'point '
          key_bytes "$1" | tail -c 65 | digest_of
          ;;
        'RSA PRIVATE KEY/3082'????0201000282????00*) modulus "$1" 12 ;;
        'PRIVATE KEY/3082'????020100300d06092a864886f70d01010105000482????3082????0201000282????00*)
          modulus "$1" 38
          ;;
        *)
          if ! command -v openssl >/dev/null; then
            printf 'untold '
          elif pem "$1" | openssl pkey -passin pass: -pubout -out /dev/null 2>/dev/null; then
            printf 'encoded '
            pem "$1" | openssl pkey -passin pass: -pubout -outform DER | digest_of
          else
            printf 'none '
          fi
          ;;
      esac
    }
    """

  package static func parse(_ reply: ProbeReply, for requests: [FactRequest]) -> [String:
    Reading<PrivateKeyFact>]
  {
    let texts = reply.records.map { String(decoding: $0, as: UTF8.self) }
    var readings: [String: Reading<PrivateKeyFact>] = [:]
    for start in stride(from: 0, to: texts.count - 2, by: 3) {
      switch texts[start + 1] {
      case "absent": readings[texts[start]] = .absent
      case "unreadable": readings[texts[start]] = .unreadable("not a file, or not readable")
      default:
        guard var fact = PrivateKeyFact(told: texts[start + 1]) else { continue }
        let shown = base64Decoded(texts[start + 2].utf8) ?? []
        fact.publicKey = shown.isEmpty ? nil : shown
        readings[texts[start]] = .present(fact)
      }
    }
    return readings
  }

  /// From the line that `tell` prints.
  init?(told line: String) {
    let words = line.split(separator: " ")
    guard let word = words.first, let shape = Shape(rawValue: String(word)) else { return nil }
    self.init(shape: shape, sha256: words.count > 1 ? String(words[1]) : "")
  }
}
