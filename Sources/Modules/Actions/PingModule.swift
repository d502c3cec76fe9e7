import Diagnostics
import ModuleKit
import Schema

/// `ping`: whether a host can be logged in to and has a shell that works.
struct PingModule: QueryModule {
  private static let data = Parameter<String>.optional(
    "data", "What is given back; `crash` fails.", default: "pong", shown: "pong")

  static let manual = Manual(
    "ping", .query, "Tells whether a host can be talked to.",
    notes: ["Not the ICMP kind: it logs in, becomes the task's user, and asks who that is."],
    parameters: [data.manual], results: [.init("ping", "`data`")],
    examples: [
      """
      - name: everybody is there
        ping:
      """
    ])

  private let answer: String

  init(_ arguments: Arguments) throws(Diagnostic) { answer = try arguments[Self.data] }

  func reads(given facts: FactView) -> [FactRequest] { [IdentityFact.request] }

  func result(from facts: FactView) throws(Obstacle) -> QueryResult {
    _ = try facts.fact(IdentityFact.self)
    if answer == "crash" { throw .refusing("ping", "it was asked to fail") }
    return QueryResult(["ping": .string(answer)])
  }
}
