import Diagnostics
import Testing

@testable import Bundle

@Suite struct BundleListTests {
  /// What is wrong with a list: `line:column id message`, in order.
  private func complaints(_ text: String) throws -> [String] {
    let scratch = try Scratch()
    try scratch.write("x", to: "there")
    try scratch.write("x", to: "also")
    let error = #expect(throws: DiagnosticError.self) { try scratch.create(text, as: "out.tar") }
    return (error?.diagnostics ?? []).map { diagnostic in
      let place = diagnostic.span.map { "\($0.position.line):\($0.position.column) " } ?? ""
      return place + diagnostic.id + " " + diagnostic.message
    }
  }

  @Test func `all mistakes are told, each with its place`() throws {
    let found = try complaints(
      """
      items:
        - kind: binar
          path: there
        - kind: file
          pth: there
        - kind: file
          path: a/**/b
        - kind: file
          path: there
          reference: a/b:1
      """)
    #expect(
      found == [
        "2:11 bundle-list unknown kind `binar`",
        "5:5 unknown-key unknown key `pth`",
        "4:5 bundle-list an item needs a `path`",
        "7:11 bundle-list `**` is no pattern here",
        "10:16 bundle-list `reference` is for images, not for a file",
      ])
  }

  @Test func `all missing files are told`() throws {
    let found = try complaints(
      "items:\n- {kind: file, path: one}\n- {kind: file, path: there}\n- {kind: package, path: debs/*.deb}\n"
    )
    #expect(
      found == [
        "2:22 file-not-found there is no file `one`",
        "4:25 file-not-found no file is named like `debs/*.deb`",
      ])
  }

  @Test func `two items that nobody can tell apart are refused`() throws {
    let found = try complaints(
      "items:\n- {kind: file, name: x, path: there}\n- {kind: file, name: x, path: also}\n")
    #expect(found == ["3:31 bundle-list file x is there twice"])
  }

  @Test func `one name for several files is refused`() throws {
    #expect(
      try complaints("items: [{kind: file, name: x, path: '*e'}, {kind: file, name: y, path: '*'}]")
        .contains { $0.hasSuffix("one `name` for 3 files") })
  }

  @Test(arguments: ["", "[]", "items: 3", "items: []", "- kind: file"])
  func `a list of nothing is refused`(_ text: String) throws {
    #expect(try complaints(text).count == 1)
  }

  @Test func `names of packages say what they are`() throws {
    let scratch = try Scratch()
    try scratch.write("deb", to: "chrony_1%3a4.3-2_amd64.deb")
    try scratch.write("all", to: "tzdata_2025b-0_all.deb")
    try scratch.write("rpm", to: "conntrack-tools-1.4.7-4.el9.x86_64.rpm")
    let made = try scratch.create(
      "items: [{kind: package, path: '*.deb', os: debian12}, {kind: package, path: '*.rpm'}]",
      as: "site")
    #expect(
      made.items.map(\.title) == [
        "package chrony 1:4.3-2 (amd64, debian12)", "package conntrack-tools 1.4.7-4.el9 (amd64)",
        "package tzdata 2025b-0 (debian12)",
      ])
  }
}
