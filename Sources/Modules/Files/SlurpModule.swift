import Diagnostics
import ModuleKit
import Schema

/// `slurp`: the content of a file of the host.
struct SlurpModule: QueryModule {
  private let path: HostPath

  static let path = Parameter<HostPath>.required(
    "src", "The file on the host; a symbolic link is followed.", aliases: ["path"], isSubject: true)

  static let manual = Manual(
    "slurp", .query, "The content of a file of the host, as base64.",
    notes: ["Files of up to 2 MiB are read."], parameters: [path.manual],
    results: [
      .init("content", "the bytes as base64: `result.content | b64decode`"),
      .init("encoding", "`base64`"), .init("source", "the path"),
    ],
    examples: [
      """
      - name: the join token
        slurp:
          src: /etc/kubernetes/token
        register: token
      """
    ])

  init(_ arguments: Arguments) throws(Diagnostic) { path = try arguments[Self.path] }

  func reads(given facts: FactView) -> [FactRequest] { [ContentFact.request(content: path)] }

  func result(from facts: FactView) throws(Obstacle) -> QueryResult {
    guard let blob = try HostFile.content(of: path, facts) else {
      throw .refusing("file-absent", "there is no file `\(path)`")
    }
    let content = Value.string(base64Encoded(blob.bytes)).marked(blob.isSecret ? .secret : [])
    return QueryResult([
      "content": content, "encoding": .string("base64"), "source": .string(path.string),
    ])
  }
}

/// A whole file of the host, as queries want it.
enum HostFile {
  /// The content; nil where there is no file.
  static func content(of path: HostPath, _ facts: FactView) throws(Obstacle) -> Blob? {
    if facts.reading(ContentFact.self, path.string) == .unreadable(FileFact.notADirectory) {
      return nil
    }
    guard let fact = try facts.fact(ContentFact.self, path.string) else { return nil }
    if let blob = fact.content { return blob }
    throw .refusing(
      "file-too-large",
      "`\(path)` has \(fact.size) bytes; files of up to \(ContentFact.sizeLimit) bytes can be read")
  }
}
