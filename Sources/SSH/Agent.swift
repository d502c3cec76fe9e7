import CLibSSH2
import Glibc

/// A client of ssh-agent (draft-ietf-sshm-ssh-agent-05), a connection per request, on threads that
/// may block.
struct Agent: Sendable {
  private let path: String
  private let threads: BlockingThreads
  /// Seconds an agent may take: it may ask its user to confirm.
  private static let patience = 60

  init(path: String, threads: BlockingThreads) {
    self.path = path
    self.threads = threads
  }

  /// The keys the agent holds; nil when there is no agent.
  func identities() async -> [Identity]? {
    guard let answer = await request([11]), answer.first == 12 else { return nil }
    var reader = WireReader(Array(answer.dropFirst()))
    guard let count = reader.uint32() else { return nil }
    var identities: [Identity] = []
    for _ in 0..<count {
      guard let blob = reader.string(), let comment = reader.text() else { break }
      guard let key = PublicKeyBlob(blob) else { continue }
      identities.append(
        Identity(source: .agent(self), publicKey: key, name: "agent key \(comment)"))
    }
    return identities
  }

  /// The signature without its algorithm's name; nil when the agent refuses.
  func sign(_ bytes: [UInt8], with key: PublicKeyBlob, algorithm: String) async -> [UInt8]? {
    var writer = WireWriter()
    writer.byte(13)
    writer.string(key.bytes)
    writer.string(bytes)
    switch algorithm {
    case "rsa-sha2-256": writer.uint32(2)
    case "rsa-sha2-512": writer.uint32(4)
    default: writer.uint32(0)
    }
    guard let answer = await request(writer.bytes), answer.first == 14 else { return nil }
    var reader = WireReader(Array(answer.dropFirst()))
    var signature = WireReader(reader.string() ?? [])
    guard signature.text() == algorithm else { return nil }
    return signature.string()
  }

  private func request(_ message: [UInt8]) async -> [UInt8]? {
    let path = path
    return await threads.run {
      var framed = WireWriter()
      framed.string(message)
      guard let socket = try? Descriptor(Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)),
        Agent.connect(socket.raw, to: path), Agent.write(framed.bytes, to: socket.raw),
        let header = Agent.read(4, from: socket.raw)
      else { return nil }
      let length = header.reduce(0) { $0 << 8 | Int($1) }
      guard (1...(256 * 1024)).contains(length) else { return nil }
      return Agent.read(length, from: socket.raw)
    }
  }

  private static func connect(_ socket: Int32, to path: String) -> Bool {
    var limit = timeval(tv_sec: patience, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { field in
      guard bytes.count < field.count else { return false }
      field.copyBytes(from: bytes)
      return true
    }
    guard fits else { return false }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
  }

  private static func write(_ bytes: [UInt8], to socket: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(
          socket, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  private static func read(_ count: Int, from socket: Int32) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var received = 0
    while received < count {
      let more = bytes.withUnsafeMutableBytes {
        recv(socket, $0.baseAddress?.advanced(by: received), count - received, 0)
      }
      if more < 0, errno == EINTR { continue }
      guard more > 0 else { return nil }
      received += more
    }
    return bytes
  }
}
