import Glibc
import ModuleKit
import Testing

@testable import Transport

/// The real doas, where it is there and nobody has set it up.
private let hasDoas =
  isRoot && isProgram("doas") && isProgram("runuser") && isProgram("useradd")
  && access("/etc/doas.conf", F_OK) != 0

@Suite(.enabled(if: hasDoas, "needs root, and doas without rules"), .serialized)
struct DoasTests {
  private static let rules = "/etc/doas.conf"

  private func withRules(
    _ text: String, _ body: (TestAccount) async throws -> Void
  ) async throws {
    let account = try TestAccount()
    let file = try #require(fopen(DoasTests.rules, "w"))
    fputs(text.replacing("LOGIN", with: account.name) + "\n", file)
    fclose(file)
    chmod(DoasTests.rules, 0o600)
    defer { unlink(DoasTests.rules) }
    try await body(account)
  }

  @Test func `a login becomes root by doas`() async throws {
    try await withRules("permit nopass LOGIN") { account in
      let shell = try await account.open(Privilege(.doas))
      #expect(shell.identity.uid == 0)
      let replies = try await shell.exchange(Message([step("id -un")]))
      #expect(Answer(replies[0]) == .done("root\n"))
      await shell.close()
    }
  }

  @Test(arguments: [
    ("permit LOGIN", TransportError.Code.privilegePasswordNeeded),
    ("permit nopass root", .privilegeRefused),
  ])
  func `what doas refuses is said`(_ rules: String, code: TransportError.Code) async throws {
    try await withRules(rules) { account in
      let error = await #expect(throws: TransportError.self) {
        _ = try await account.open(Privilege(.doas))
      }
      #expect(error?.code == code)
      #expect(error?.message.contains("doas") == true)
    }
  }
}
