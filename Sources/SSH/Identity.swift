/// A key to offer: where it comes from, and how it signs.
struct Identity: Sendable {
  enum Source: Sendable {
    case key(SigningKey)
    case agent(Agent)
  }

  let source: Source
  let publicKey: PublicKeyBlob
  /// What to call it in messages: a path, or the agent's comment.
  let name: String

  /// `~/.ssh/id_ed25519 (ED25519 SHA256:...)`.
  var label: String { "\(name) (\(publicKey.kind) \(publicKey.fingerprint))" }

  func sign(_ bytes: [UInt8], algorithm: String) async -> [UInt8]? {
    switch source {
    case .key(let key): key.sign(bytes, algorithm: algorithm)
    case .agent(let agent):
      await agent.sign(bytes, with: publicKey, algorithm: algorithm)
    }
  }
}
