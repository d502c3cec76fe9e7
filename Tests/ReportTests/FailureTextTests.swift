import Diagnostics
import Engine
import Testing

@testable import Report

@Suite struct FailureTextTests {
  private let text = FailureText(style: Style(isColoured: false))

  @Test func `a failure says which step, what was said and where it is written`() {
    let failure = TaskFailure(
      "step-failed", "the step ended with status 1", step: "write /etc/hosts", status: 1,
      errors: "sh: cannot create\r\nNo space left on device\n", help: "make room")
    let lines = text.lines(
      failure, title: "failed", place: Span(Sample.playbook, 28..<32), isSecret: false)
    #expect(
      lines == [
        "! failed: the step ended with status 1", "    step: write /etc/hosts (status 1)",
        "    stderr:", "      sh: cannot create\\x0d", "      No space left on device",
        "    at site.yml:3:7", "    help: make room",
      ])
  }

  @Test func `long output keeps its end`() {
    let output = (1...100).map { "line \($0)\n" }.joined()
    let lines = text.lines(
      TaskFailure("x", "bad", output: output), title: "failed", place: nil, isSecret: false)
    #expect(lines[1] == "    stdout: (60 earlier lines)")
    #expect(lines.last == "      line 100")
    #expect(lines.count == 42)
  }

  @Test func `a mistake in the user's text is shown with its caret`() {
    let diagnostic = Diagnostic(
      .error, "wrong", "this is wrong", at: Span(Sample.playbook, 28..<32))
    let lines = text.lines(
      TaskFailure(diagnostic), title: "failed", place: nil, isSecret: false)
    #expect(lines.contains("    site.yml:3:7: error[wrong]: this is wrong"))
    #expect(lines.contains { $0.hasSuffix("^^^^") })
  }
}
