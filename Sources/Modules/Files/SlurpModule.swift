import Diagnostics
import ModuleKit
import Schema

/// `slurp`: the content of a file of the host.
struct SlurpModule: QueryModule {
  private let file: HostFile

  /// In bytes: what is slurped becomes a variable.
  private static let limit = 32 << 20

  static let path = Parameter<HostPath>.required(
    "src", "The file on the host; a symbolic link is followed.", aliases: ["path"], isSubject: true)

  static let manual = Manual(
    "slurp", .query, "The content of a file of the host, as base64.",
    notes: ["Files of up to 32 MiB are read."], parameters: [path.manual],
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

  init(_ arguments: Arguments) throws(Diagnostic) {
    file = HostFile(path: try arguments[Self.path], limit: Self.limit)
  }

  func reads(given facts: FactView) -> [FactRequest] { file.reads(given: facts) }

  func result(from facts: FactView) throws(Obstacle) -> QueryResult {
    guard let blob = try file.content(facts) else {
      throw .refusing("file-absent", "there is no file `\(file.path)`")
    }
    let content = Value.string(base64Encoded(blob.bytes)).marked(blob.isSecret ? .secret : [])
    return QueryResult([
      "content": content, "encoding": .string("base64"), "source": .string(file.path.string),
    ])
  }
}
