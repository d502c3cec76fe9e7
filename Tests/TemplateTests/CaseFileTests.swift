import Glibc
import Schema
import Template
import Testing

/// The shared cases, whose expected values the real engines computed.
struct CaseFileTests {
  /// The share of cases that must pass.
  private static let floor = 0.90

  @Test func `the shared cases give what the real engines give`() throws {
    guard let path = TemplateCase.path else {
      print("note: no template cases; SPILE_JINJA_CASES names their file. Nothing was checked.")
      return
    }
    let cases = try TemplateCase.load(path)
    #expect(!cases.isEmpty)
    var passed: [String: Int] = [:]
    var total: [String: Int] = [:]
    var kinds = (right: 0, total: 0)
    var lines = (right: 0, total: 0)
    var failures: [String] = []
    for item in cases {
      let outcome = Result { () throws(TemplateError) in try item.run() }
      total[item.category, default: 0] += 1
      if let complaint = item.check(outcome) {
        failures.append(
          "\(item.category) \(item.mode) \(JSON.text(item.source)) \(complaint); "
            + "wanted \(JSON.text(item.expected)) vars \(JSON.text(.dict(item.variables)))")
      } else {
        passed[item.category, default: 0] += 1
      }
      if let isRight = item.checkKind(outcome) {
        kinds = (kinds.right + (isRight ? 1 : 0), kinds.total + 1)
        if !isRight, getenv("SPILE_CASES_VERBOSE") != nil, case .failure(let error) = outcome {
          print(
            "kind \(error.kind) \(error.message) \(JSON.text(item.source)) \(JSON.text(item.expected))"
          )
        }
      }
      if let isRight = item.checkLine(outcome) {
        lines = (lines.right + (isRight ? 1 : 0), lines.total + 1)
        if !isRight, getenv("SPILE_CASES_VERBOSE") != nil, case .failure(let error) = outcome {
          print("line \(error.line) \(JSON.text(item.source)) \(JSON.text(item.expected))")
        }
      }
    }
    for category in total.keys.sorted() {
      print("\(category): \(passed[category] ?? 0)/\(total[category] ?? 0)")
    }
    if getenv("SPILE_CASES_VERBOSE") != nil { failures.forEach { print("case", $0) } }
    let count = passed.values.reduce(0, +)
    print("template cases: \(count)/\(cases.count) passed")
    print(
      "error kinds: \(kinds.right)/\(kinds.total), lines of syntax errors: \(lines.right)/\(lines.total)"
    )
    #expect(Double(count) >= Self.floor * Double(cases.count))
  }

  @Test func `the cases of this folder give what ansible-core 2-19 and Jinja2 3-1 give`() throws {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let cases = try TemplateCase.load("/\(folder)/Cases/cases.jsonl")
    #expect(cases.count > 500)
    for item in cases {
      let outcome = Result { () throws(TemplateError) in try item.run() }
      if let complaint = item.check(outcome) {
        Issue.record(
          "\(item.id) \(JSON.text(item.source)) \(complaint); wanted \(JSON.text(item.expected))")
      }
    }
  }
}
