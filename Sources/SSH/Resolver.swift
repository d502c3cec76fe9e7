import CLibSSH2
import Glibc

/// One address of a host, ready for connect(2).
struct SocketAddress: Hashable, Sendable {
  /// The bytes of a `sockaddr`.
  let bytes: [UInt8]
  let family: Int32
  /// As people write it: `10.0.0.7`, `fe80::1%eth0`.
  let text: String
}

/// Why a name has no address.
struct ResolutionError: Error, Sendable {
  let text: String
}

/// Turns names into addresses; getaddrinfo(3) blocks, so names go to threads of their own.
struct Resolver: Sendable {
  private let threads: BlockingThreads

  init(threads: BlockingThreads) { self.threads = threads }

  /// All stream addresses, in the order the system prefers.
  func addresses(of host: String, port: Int) async -> Result<[SocketAddress], ResolutionError> {
    let numeric = Resolver.look(up: host, port: port, flags: AI_NUMERICHOST | AI_NUMERICSERV)
    if case .success = numeric { return numeric }
    return await threads.run { Resolver.look(up: host, port: port, flags: AI_NUMERICSERV) }
  }

  private static func look(
    up host: String, port: Int, flags: Int32
  ) -> Result<[SocketAddress], ResolutionError> {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = flags
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &list)
    guard code == 0 else {
      let words = code == EAI_SYSTEM ? SystemError().text : String(cString: gai_strerror(code))
      return .failure(ResolutionError(text: words))
    }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let info = next?.pointee {
      if let address = address(of: info), !addresses.contains(address) {
        addresses.append(address)
      }
      next = info.ai_next
    }
    return .success(addresses)
  }

  private static func address(of info: addrinfo) -> SocketAddress? {
    guard let pointer = info.ai_addr else { return nil }
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let code = getnameinfo(
      pointer, info.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
    guard code == 0 else { return nil }
    let bytes = UnsafeRawBufferPointer(start: pointer, count: Int(info.ai_addrlen))
    let letters = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return SocketAddress(
      bytes: Array(bytes), family: info.ai_family, text: String(decoding: letters, as: UTF8.self))
  }
}
