import Diagnostics
import Testing
import YAML

/// The cases of <https://github.com/yaml/yaml-test-suite> that are at hand.
@Suite(.enabled(if: SharedSuite.folder != nil, "no YAML test suite is at hand"))
struct SuiteTests {
  private static let cases = SharedSuite.files(in: (SharedSuite.folder ?? "") + "/cases")

  private static func isInvalid(_ name: String) -> Bool {
    SharedSuite.read("cases/\(name)/error") != nil
  }

  private static func source(_ name: String) -> SourceFile {
    SourceFile(name: name, bytes: SharedSuite.read("cases/\(name)/in.yaml") ?? [])
  }

  /// Prints how many passed, and fails when one did not: all of them pass today.
  private func score(_ what: String, _ names: [String], passes: (String) -> Bool) {
    let failed = names.filter { !passes($0) }
    print("yaml-test-suite: \(what): \(names.count - failed.count)/\(names.count)")
    #expect(!names.isEmpty)
    #expect(failed.isEmpty, "\(what): \(failed.joined(separator: " "))")
  }

  @Test func `valid cases give the events of the suite`() {
    score("valid, events", Self.cases.filter { !Self.isInvalid($0) }) { name in
      let wanted = SharedSuite.lines("cases/\(name)/test.event")
      guard let events = try? yamlEvents(Self.source(name)) else { return false }
      return events.map(\.description) == wanted
    }
  }

  @Test func `invalid cases are refused`() {
    score("invalid, refused", Self.cases.filter(Self.isInvalid)) { name in
      (try? yamlEvents(Self.source(name))) == nil
    }
  }

  @Test func `invalid cases are refused with a place and words`() {
    for name in Self.cases.filter(Self.isInvalid) {
      var bag = DiagnosticBag()
      _ = parseYAML(Self.source(name), into: &bag)
      #expect(bag.hasErrors, "\(name)")
      #expect(bag.errors.allSatisfy { $0.span != nil && $0.message.count > 10 }, "\(name)")
    }
  }

  @Test func `valid cases load to the JSON of the suite under the core schema`() {
    let names = Self.cases.filter {
      !Self.isInvalid($0) && SharedSuite.read("cases/\($0)/in.json") != nil
    }
    score("valid, JSON", names) { name in
      var bag = DiagnosticBag()
      let trees = parseYAML(Self.source(name), into: &bag)
      let wanted = JSON.documents(SharedSuite.read("cases/\(name)/in.json") ?? [])
      return trees.map { JSON($0.root) } == wanted && !bag.hasErrors
    }
  }
}
