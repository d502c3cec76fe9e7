import ModuleKit
import Schema

/// A part of a file that is too large for one reply.
///
/// Keys are `NUMBER:PATH`, where the number counts pieces of `size` bytes from 0; absent where there is no file.
package struct FilePieceFact: Fact {
  package static let kind = "piece"

  package var bytes: [UInt8]

  /// In bytes: as base64 a piece fits into a shell's output cap.
  package static let size = 2 << 20

  package init(bytes: [UInt8]) { self.bytes = bytes }

  /// A request for one piece.
  static func request(_ number: Int, of path: HostPath) -> FactRequest {
    FactRequest(FilePieceFact.self, "\(number):\(path)")
  }

  private static func place(_ name: String) -> (number: Int, path: String)? {
    guard let colon = name.firstIndex(of: ":"), let number = Int(name[..<colon]) else {
      return nil
    }
    return (number, String(name[name.index(after: colon)...]))
  }

  package static func sources(of name: String) -> [String] {
    place(name).map { [$0.path] } ?? []
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    Script(
      lines: requests.compactMap { request in
        place(request.key.name).map { place in
          """
          if [ -f \(place.path) ]; then
            put \(request.key.name)
            dd if=\(place.path) bs=\(size) skip=\(place.number) count=1 2>/dev/null | base64
            put ''
          fi
          """
        }
      } + [":"])
  }

  package static func parse(_ reply: ProbeReply, for requests: [FactRequest]) -> [String:
    Reading<FilePieceFact>]
  {
    let records = Array(reply.records)
    var readings: [String: Reading<FilePieceFact>] = [:]
    for request in requests { readings[request.key.name] = .absent }
    for start in stride(from: 0, to: records.count - 1, by: 2) {
      readings[String(decoding: records[start], as: UTF8.self)] =
        base64Decoded(records[start + 1]).map { .present(FilePieceFact(bytes: $0)) }
        ?? .unreadable("it did not come whole")
    }
    return readings
  }
}

/// A whole file of the host, as queries want it.
struct HostFile {
  let path: HostPath
  /// The most bytes that are brought.
  let limit: Int

  /// The content, or where it is too large for one reply its digest and then one piece after the other.
  func reads(given facts: FactView) -> [FactRequest] {
    let whole = ContentFact.request(content: path)
    guard let fact = facts.known(ContentFact.self, path.string), fact.content == nil,
      fact.size <= limit
    else { return [whole] }
    let known = (0..<HostFile.pieceCount(of: fact)).filter { piece($0, facts) != nil }.count
    return [whole]
      + (0...known).prefix(HostFile.pieceCount(of: fact)).map {
        FilePieceFact.request($0, of: path)
      }
  }

  private static func pieceCount(of fact: ContentFact) -> Int {
    (fact.size + FilePieceFact.size - 1) / FilePieceFact.size
  }

  private func piece(_ number: Int, _ facts: FactView) -> [UInt8]? {
    facts.known(FilePieceFact.self, FilePieceFact.request(number, of: path).key.name)?.bytes
  }

  /// The content; nil where there is no file.
  func content(_ facts: FactView) throws(Obstacle) -> Blob? {
    if facts.reading(ContentFact.self, path.string) == .unreadable(FileFact.notADirectory) {
      return nil
    }
    guard let fact = try facts.fact(ContentFact.self, path.string) else { return nil }
    if let blob = fact.content { return blob }
    guard fact.size <= limit else {
      throw .refusing(
        "file-too-large",
        "`\(path)` has \(fact.size) bytes; files of up to \(limit) bytes can be read")
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(fact.size)
    for number in 0..<HostFile.pieceCount(of: fact) {
      let name = FilePieceFact.request(number, of: path).key.name
      bytes += try facts.fact(FilePieceFact.self, name)?.bytes ?? []
    }
    let blob = Blob(bytes)
    guard blob.sha256 == fact.sha256 else {
      throw .refusing(
        "file-moved", "`\(path)` changed while it was read", help: "run again when it is at rest")
    }
    return blob
  }
}
