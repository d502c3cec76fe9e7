import Glibc
import ModuleKit
import Schema
import Testing

@testable import Modules

/// What files have beside mode and owner: extended attributes, and attributes of chattr(1).
@Suite struct FileMarksTests {
  private static let hasTools =
    access("/usr/bin/setfattr", X_OK) == 0 && access("/usr/bin/lsattr", X_OK) == 0

  @Test(.enabled(if: hasTools)) func `extended attributes are set, read and removed`() throws {
    let host = TestHost()
    defer { host.remove() }
    host.run("echo x >\(host.root)/f")
    func wish(_ text: String) throws -> ExtendedAttributesModule {
      try module(ExtendedAttributesModule.self, "{path: '\(host.root)/f', \(text)}")
    }
    let set = try host.converge(try wish("key: origin, value: 'a \"b\" é'"))
    #expect(set.changes.map(\.attribute) == ["user.origin"])
    #expect(set.result["xattr"] == .dict(["user.origin": .string("a \"b\" é")]))
    _ = try host.converge(try wish("key: user.origin, value: '0x41'"))
    #expect(host.run("getfattr --only-values -n user.origin \(host.root)/f").text == "0x41")
    let view = host.view(for: try wish("state: keys").reads)
    #expect(try wish("state: keys").changes(from: view).isEmpty)
    #expect(
      try wish("state: keys").result(from: view, replies: [])["xattr"]
        == .list([.string("user.origin")]))
    #expect(try host.converge(try wish("key: origin, state: absent")).changes.count == 1)
    #expect(
      try mistakeID { _ = try wish("state: present, value: a") } == "missing-parameter")
  }

  @Test(.enabled(if: hasTools)) func `attributes of chattr are added and removed`() throws {
    let host = TestHost()
    defer { host.remove() }
    host.run("echo x >\(host.root)/f")
    guard host.run("chattr +d \(host.root)/f && chattr -d \(host.root)/f").status == 0 else {
      return
    }
    func wish(_ text: String) throws -> Marked<FileModule> {
      try module(Marked<FileModule>.self, "{path: '\(host.root)/f', \(text)}")
    }
    #expect(try host.converge(try wish("attributes: +dA")).attributes == ["attributes"])
    #expect(try host.converge(try wish("attr: -A")).attributes == ["attributes"])
    #expect(
      host.run("lsattr \(host.root)/f").text.prefix { $0 != " " }.filter { "dA".contains($0) }
        == "d")
    let both = try host.converge(try wish("attributes: d, mode: \"0640\", state: touch"))
    #expect(both.attributes == ["mode"])
    let copy = try module(
      Marked<CopyModule>.self, "{dest: '\(host.root)/g', content: a, attributes: +d}")
    #expect(try host.converge(copy).attributes.contains("attributes"))
    let again = try module(
      Marked<CopyModule>.self, "{dest: '\(host.root)/g', content: b, attributes: +d}")
    #expect(try host.converge(again).attributes == ["content", "attributes"])
  }

  @Test func `marks are not for folders that are copied`() throws {
    let entry = ControllerContent.TreeEntry(path: "a", mode: 0o644, blob: Blob([]))
    #expect(
      try mistakeID {
        _ = try module(
          Marked<CopyModule>.self, "{src: d, dest: /d, attributes: +d}",
          contents: ["src": .tree([entry])])
      } == "unsupported-value")
  }

  @Test func `an empty path is nothing to remove`() throws {
    let wish = try module(FileModule.self, "{path: '', state: absent}")
    #expect(wish.reads(given: FactView()).isEmpty)
    #expect(try wish.changes(from: FactView()).isEmpty)
    #expect(
      try mistakeID { _ = try module(FileModule.self, "{path: '', state: directory}") }
        == "host-path")
  }
}
