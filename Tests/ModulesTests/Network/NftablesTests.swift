import ModuleKit
import Modules
import Schema
import Testing

/// Rules of the packet filter: the file, and what the kernel has of it.
@Suite struct NftablesTests {
  private static let rules = "table inet filter {\n\tchain in {\n\t}\n}\n"
  private static let other = "table ip nat {\n}\n"

  private func view(_ file: String?, _ records: [String]) -> FactView {
    let path = "/etc/nftables.conf"
    var view = FactView()
    let request = FactRequest(NftablesFact.self, path)
    let text = ([path] + records).joined(separator: "\0") + "\0"
    view[request.key] = NftablesFact.parse(
      ProbeReply(status: 0, output: Array(text.utf8)), for: [request])[path].map { Observation($0) }
    let folder = FileFact(.directory, mode: FileMode(bits: 0o755), owner: .root, group: .root)
    view[FactKey(FileFact.self, "/etc")] = Observation(.present(folder))
    view[FactKey(IdentityFact.self)] = Observation(
      .present(IdentityFact(user: .root, group: .root)))
    guard let file else {
      view[FactKey(FileFact.self, path)] = Observation(Reading<FileFact>.absent)
      view[FactKey(ContentFact.self, path)] = Observation(Reading<ContentFact>.absent)
      return view
    }
    view[FactKey(ContentFact.self, path)] = Observation(
      .present(ContentFact(Blob(Array(file.utf8)))))
    view[FactKey(FileFact.self, path)] = Observation(
      .present(
        FileFact(
          .regular, mode: FileMode(bits: 0o600), owner: .root, group: .root, size: file.utf8.count))
    )
    return view
  }

  @Test(
    arguments: [
      // The file that is there, what the probe says; the changes.
      (rules, ["tables", rules, rules], []), (rules, ["tables", rules, rules + other], []),
      (rules, ["whole", rules, rules + other], ["loaded"]),
      (rules, ["tables", rules, other], ["loaded"]), (rules, ["tables", rules, ""], ["loaded"]),
      (other, ["tables", other, other], ["content", "loaded"]),
      (nil, ["absent", "", ""], ["content", "mode", "loaded"]),
    ] as [(String?, [String], [String])])
  func `what the kernel has`(_ file: String?, _ records: [String], _ attributes: [String]) throws {
    let quoted = Self.rules.replacing("\n", with: "\\n").replacing("\t", with: "\\t")
    let wish = try module(Registry.all.module(named: "nftables"), "content: \"\(quoted)\"")
    let view = view(file, records)
    let changes = try wish.changes(from: view)
    #expect(changes.map(\.attribute) == attributes)
    if attributes.contains("content") {
      #expect(changes[0].steps[0].script.source.contains("nft -c -f \"$temp\""))
    }
    #expect(try wish.changes(from: view.predicting(changes.flatMap(\.predicts))).isEmpty)
  }

  @Test func `rules that are only written`() throws {
    let wish = try module(
      Registry.all.module(named: "nftables"), "content: x\nloaded: false")
    #expect(
      try wish.changes(from: view(nil, ["absent", "", ""])).map(\.attribute) == ["content", "mode"])
  }

  @Test func `a host that cannot compare says why`() throws {
    let wish = try module(Registry.all.module(named: "nftables"), "content: x")
    let view = view("x", ["error", "nft(8) is not on the host", ""])
    #expect(obstacleID { () throws(Obstacle) in try wish.changes(from: view) } == "unreadable")
  }
}
