/// What a server says in the clear before keys are exchanged: lines, its version, its algorithms.
///
/// libssh2 tells neither why a handshake found no common algorithm nor what stood in place of the
/// version line, so the first bytes received are read a second time here
/// (RFC 4253 sections 4.2, 6 and 7.1).
struct Greeting {
  /// The server's algorithm lists that matter in messages; taken apart when somebody asks.
  struct Proposal: Hashable {
    fileprivate let lists: [[UInt8]]

    var keyExchanges: [String] { names(0) }
    var hostKeys: [String] { names(1) }
    var ciphers: [String] { names(2) }
    var macs: [String] { names(4) }

    private func names(_ index: Int) -> [String] {
      lists[index].split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) }
    }
  }

  private static let limit = 64 * 1024

  private var bytes: [UInt8] = []
  private var hasStopped = false
  /// The lines before the version line.
  private(set) var lines: [String] = []
  /// The version line without its end: `SSH-2.0-OpenSSH_9.2p1 Debian-2`.
  private(set) var version: String?
  private(set) var proposal: Proposal?

  /// Whether nothing more is looked for.
  var isComplete: Bool { hasStopped }

  /// What was said in place of a version line; nil when nothing was.
  var textBeforeVersion: String? {
    var all = lines
    if version == nil, !bytes.isEmpty { all.append(Greeting.text(bytes[...])) }
    let text = all.joined(separator: "\n")
    return text.isEmpty ? nil : text
  }

  /// Reads the next bytes as they arrived.
  mutating func observe(_ more: UnsafeRawBufferPointer) {
    guard !hasStopped else { return }
    bytes.append(contentsOf: more)
    while version == nil, let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
      let line = Greeting.text(bytes[..<end])
      bytes.removeFirst(end + 1)
      if line.hasPrefix("SSH-") { version = line } else { lines.append(line) }
    }
    if version != nil { readProposal() }
    if bytes.count > Greeting.limit { stop() }
  }

  private mutating func readProposal() {
    guard bytes.count >= 5 else { return }
    let length = bytes[..<4].reduce(0) { $0 << 8 | Int($1) }
    let padding = Int(bytes[4])
    guard length <= Greeting.limit, length > padding + 1 else { return stop() }
    guard bytes.count >= 4 + length else { return }
    var reader = WireReader(Array(bytes[5..<(4 + length - padding)]))
    stop()
    guard reader.byte() == 20, reader.skip(16) else { return }
    var lists: [[UInt8]] = []
    for _ in 0..<6 {
      guard let list = reader.string() else { return }
      lists.append(Array(list))
    }
    proposal = Proposal(lists: lists)
  }

  private mutating func stop() {
    hasStopped = true
    bytes = []
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
  }
}
