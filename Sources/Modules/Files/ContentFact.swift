import ModuleKit
import Schema

/// What is in a regular file; symbolic links are followed.
///
/// Wants: `content` asks for the bytes (up to `sizeLimit`), `unless:<sha256>` asks for them where the digest is
/// another and the file small (up to `differenceLimit`), `digest:<tool>` asks for the digest of another tool, such
/// as `digest:sha1sum`.
package struct ContentFact: Fact {
  package static let kind = "content"
  package static let keysArePaths = true

  /// In bytes.
  package var size: Int
  package var sha256: String
  /// nil when not wanted, or too large.
  package var content: Blob?
  /// Digests beside SHA-256, by tool.
  package var digests: [String: String]

  package init(size: Int, sha256: String, content: Blob? = nil, digests: [String: String] = [:]) {
    self.size = size
    self.sha256 = sha256
    self.content = content
    self.digests = digests
  }

  /// What there will be after a blob was written.
  package init(_ blob: Blob) {
    self.init(size: blob.count, sha256: blob.sha256, content: blob)
  }

  /// The same content, whatever of it was asked for.
  package static func == (left: ContentFact, right: ContentFact) -> Bool {
    left.sha256 == right.sha256
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(sha256) }

  /// With the bytes at hand everything but digests is answered, and a digest that is the expected one needs no bytes.
  package func serves(_ wants: Set<String>, asked: Set<String>) -> Bool {
    wants.subtracting(asked).allSatisfy { want in
      if want.hasPrefix("digest:") {
        return digests[String(want.dropFirst("digest:".count))] != nil
      }
      return content != nil || want == "unless:\(sha256)"
        || (want.hasPrefix("unless:") && size > ContentFact.differenceLimit)
    }
  }

  /// The most bytes that come back for a difference to be shown.
  package static let differenceLimit = 256 << 10
  /// The most bytes that come back when they are asked for: as base64 they must fit into a shell's output cap.
  package static let sizeLimit = 2 << 20

  /// Why there is no content at a path that is something else than a file.
  package static let notRegular = "not a regular file"

  /// A request for the digest, and for the bytes where they differ from these.
  package static func request(_ path: HostPath, unless blob: Blob) -> FactRequest {
    FactRequest(ContentFact.self, path.string, wants: ["unless:\(blob.sha256)"])
  }

  /// A request for the bytes.
  package static func request(content path: HostPath) -> FactRequest {
    FactRequest(ContentFact.self, path.string, wants: ["content"])
  }
}
