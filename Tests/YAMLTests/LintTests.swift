import Diagnostics
import Testing
import YAML

/// Doubtful places in correct documents.
@Suite struct LintTests {
  private func found(_ text: String) -> [String] {
    var bag = DiagnosticBag()
    let trees = parseYAML(SourceFile(name: "t", text: text), into: &bag)
    #expect(bag.all.isEmpty)
    return lintYAML(trees).map { lint in
      let place = lint.span?.position
      return "\(place?.line ?? 0):\(place?.column ?? 0) \(lint.id)"
    }
  }

  @Test(arguments: [
    ("- no\n- se\n", ["1:3 lint-implicit-bool"]), ("[yes, no]", []), ("['no', se]", []),
    ("enabled: yes\n", []), ("[true, x]", []), ("mode: 0644\n", ["1:7 lint-octal"]),
    ("mode: \"0644\"\nn: 0\nm: 644\no: 08\n", []), ("p: ab #cd\n", ["1:7 lint-comment-cut"]),
    ("p: ab # cd\nq: \"ab\" #cd\nr: x ##\n", []),
    ("a:\n  -x\n  - y\n", ["2:3 lint-dash-without-space"]),
    ("a: b\n  - c\n", ["2:3 lint-dash-without-space"]),
    ("a: “b”\n", ["1:4 lint-typographic-quotes"]), ("a: …\n", []),
  ])
  func `what is doubtful`(_ text: String, _ wanted: [String]) {
    #expect(found(text) == wanted)
  }
}
