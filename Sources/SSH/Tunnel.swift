import Glibc

/// A channel of a bastion's session that carries another session; no socket, no process between.
///
/// Both sessions live on the same reactor, so each may step into the other's actor at once.
struct Tunnel: Sendable {
  let outer: Session
  let id: Int

  /// Bytes accepted but not yet given to the bastion.
  var unsentCount: Int {
    outer.assumeIsolated { [id] in $0.channels[id]?.tunnelUnsent.count ?? 0 }
  }

  func attach(_ inner: Session) {
    outer.assumeIsolated { [id] in $0.channels[id]?.tunnelUser = inner }
  }

  func send(_ bytes: UnsafeRawBufferPointer) {
    // The pointer is only used during the call, on this thread.
    nonisolated(unsafe) let bytes = bytes
    outer.assumeIsolated { [id] in
      $0.channels[id]?.tunnelUnsent.append(bytes)
      $0.requestTurn()
    }
  }

  /// As recv(2), with a negative errno for errors.
  func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    nonisolated(unsafe) let buffer = buffer
    return outer.assumeIsolated { [id] in
      guard let channel = $0.channels[id] else { return -Int(ECONNRESET) }
      guard !channel.tunnelReceived.isEmpty else {
        switch channel.end {
        case nil: return -Int(EAGAIN)
        case .success: return 0
        case .failure: return -Int(ECONNRESET)
        }
      }
      let wasFull = !channel.wantsInput
      let count = channel.tunnelReceived.withFirstChunk { chunk in
        let count = min(chunk.count, buffer.count)
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: chunk[..<count]))
        return count
      }
      channel.tunnelReceived.removeFirst(count)
      if wasFull { $0.requestTurn() }
      return count
    }
  }

  func close() {
    outer.assumeIsolated { [id] in $0.closeChannel(id) }
  }
}
