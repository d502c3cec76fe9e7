import Glibc

/// A TCP port of 127.0.0.1 that takes connections; whoever connects gets a greeting.
final class Listener: Sendable {
  private let socket: Int32
  let port: Int

  init(greeting: String = "") {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        _ = bind(socket, address, size)
        _ = getsockname(socket, address, &size)
      }
    }
    _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    listen(socket, 16)
    self.socket = socket
    port = Int(UInt16(bigEndian: address.sin_port))
    guard !greeting.isEmpty else { return }
    let bytes = Array(greeting.utf8)
    Thread.start {
      while true {
        let peer = accept(socket, nil, nil)
        guard peer >= 0 else { return }
        _ = fcntl(peer, F_SETFD, FD_CLOEXEC)
        _ = bytes.withUnsafeBytes { write(peer, $0.baseAddress, $0.count) }
      }
    }
  }

  func close() {
    shutdown(socket, Int32(SHUT_RDWR))
    Glibc.close(socket)
  }
}

/// A thread of its own for what blocks.
private enum Thread {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  static func start(_ run: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let body = Unmanaged.passRetained(Body(run)).toOpaque()
    pthread_create(
      &thread, nil,
      { pointer in
        guard let pointer else { return nil }
        Unmanaged<Body>.fromOpaque(pointer).takeRetainedValue().run()
        return nil
      }, body)
    pthread_detach(thread)
  }
}
