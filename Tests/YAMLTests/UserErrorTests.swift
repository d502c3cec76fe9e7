import Diagnostics
import Testing
import YAML

/// The mistakes of engineers in `extra/user-errors.jsonl`: each has its place and its code.
@Suite(.enabled(if: SharedSuite.folder != nil, "no YAML test suite is at hand"))
struct UserErrorTests {
  /// What only the layers above can know: tasks, plays, tags of the language.
  private static let ofOtherLayers: Set = [
    "bang_value", "null_play", "scalar_top", "empty", "tilde_key",
  ]

  private static let rows = SharedSuite.lines("extra/user-errors.jsonl").flatMap {
    JSON.documents(Array($0.utf8))
  }

  private static func bytes(_ row: JSON) -> [UInt8] {
    if let text = row["src"]?.string { return Array(text.utf8) }
    switch row["src_recipe"]?.string {
    case "\"[\" * 20000": return Array(repeating: UInt8(ascii: "["), count: 20000)
    case "\"- \" * 3000 + \"x\\n\"":
      return Array((String(repeating: "- ", count: 3000) + "x\n").utf8)
    default: return [0xFF, 0xFE, 0x61, 0, 0x3A, 0, 0x20, 0, 0x31, 0, 0x0A, 0]
    }
  }

  @Test func `every row has its place and its code`() {
    var passed = 0
    for row in Self.rows {
      let id = row["id"]?.string ?? ""
      guard !Self.ofOtherLayers.contains(id) else { continue }
      var bag = DiagnosticBag()
      let trees = parseYAML(SourceFile(name: id, bytes: Self.bytes(row)), into: &bag)
      let found = bag.all.isEmpty ? lintYAML(trees) : bag.all
      let first = found.first
      #expect(first?.id == row["code"]?.string, "\(id)")
      if let line = row["line"]?.int, let column = row["col"]?.int {
        #expect(first?.span?.position == Position(line: line, column: column), "\(id)")
      }
      #expect(bag.hasErrors == (row["verdict"]?.string != "accept"), "\(id)")
      #expect(bag.errors.count <= 1, "\(id): one mistake, one error")
      #expect(found.allSatisfy { $0.help != nil }, "\(id): a hint")
      passed += 1
    }
    print("user-errors: \(passed) rows of \(Self.rows.count) are of this layer")
    #expect(passed == Self.rows.count - Self.ofOtherLayers.count)
  }
}
