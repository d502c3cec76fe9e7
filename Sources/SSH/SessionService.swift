import CLibSSH2
import Transport

extension Session {
  /// Authentication is over: from now on channels are opened.
  func beginService(channelLimit limit: Int) {
    phase = .exchange
    channelLimit = max(limit, 1)
    opensSpare = true
    requestTurn()
  }

  /// As a bastion: only tunnels.
  func beginTunnels() { phase = .exchange }

  /// The text the server showed before authentication, where the library can tell.
  func banner() -> String? {
    guard let session = handle?.raw, let text = spile_ssh_banner(session) else { return nil }
    return String(cString: text)
  }

  /// The forms in which a key is offered, the best first.
  ///
  /// Before 1.11 libssh2 signs with SHA-1 for `ssh-rsa`, which OpenSSH 8.8 and later refuse. It
  /// asks for the algorithm named in the blob, so the blob names the SHA-2 one; OpenSSH (7.2 and
  /// later) takes the key type from there all the same.
  func blobs(for key: PublicKeyBlob) -> [[UInt8]] {
    guard key.type == "ssh-rsa", !LibSSH2.upgradesRSA else { return [key.bytes] }
    var reader = WireReader(key.bytes)
    _ = reader.string()
    var writer = WireWriter()
    writer.text("rsa-sha2-512")
    let renamed = writer.bytes + reader.rest
    let isOpenSSH = wire.greeting.version?.contains("OpenSSH") ?? false
    return isOpenSSH ? [renamed] : [renamed, key.bytes]
  }
}
