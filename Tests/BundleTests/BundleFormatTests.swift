import Diagnostics
import PKI
import Testing
import Vault

@testable import Bundle

@Suite struct BundleFormatTests {
  private static let list = """
    name: site
    items:
      - {kind: binary, name: kubelet, version: 1.30, path: files/kubelet, arch: x86_64, os: [Debian12]}
      - {kind: file, path: files/*.conf, required_by: [network]}
    """

  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("kubelet", to: "files/kubelet")
    try scratch.write("same", to: "files/a.conf")
    try scratch.write("same", to: "files/b.conf")
    return scratch
  }

  @Test(arguments: ["site", "site.tar"])
  func `a bundle is read as it was made, folder or archive`(_ name: String) throws {
    let scratch = try scratch()
    let made = try scratch.create(Self.list, as: name)
    #expect(scratch.faults(name) == [])
    let read = try BundleContents(scratch[name])
    #expect(read.manifest == made)
    #expect(
      made.items.map(\.title) == [
        "binary kubelet 1.30 (amd64, debian12)", "file a.conf", "file b.conf",
      ])
    #expect(made.items[1].requiredBy == ["network"])
    let blob = try #require(try read.blob(made.items[0].sha256))
    #expect(try blob.bytes() == Array("kubelet".utf8))
  }

  @Test func `files with the same content are one blob`() throws {
    let scratch = try scratch()
    let made = try scratch.create(Self.list, as: "site")
    #expect(made.items.count == 3)
    #expect(try BundleContents(scratch["site"]).names.count == 4)
    #expect(made.ownSize == 11)
  }

  @Test func `the same input makes the same bytes`() throws {
    let scratch = try scratch()
    try scratch.create(Self.list, as: "one.tar")
    try scratch.create(Self.list, as: "two.tar")
    #expect(try scratch.read("one.tar") == scratch.read("two.tar"))
  }

  @Test func `an archive that tar made of a folder is the same bundle`() throws {
    let scratch = try scratch()
    try scratch.create(Self.list, as: "site")
    try scratch.run("tar", "-C", scratch["site"], "-cf", scratch["by-tar.tar"], ".")
    #expect(scratch.faults("by-tar.tar") == [])
  }

  @Test func `tar reads an archive`() throws {
    let scratch = try scratch()
    try scratch.create(Self.list, as: "site.tar")
    try scratch.run("mkdir", scratch["out"])
    try scratch.run("tar", "-C", scratch["out"], "-xf", scratch["site.tar"])
    #expect(scratch.faults("out") == [])
  }

  @Test func `pieces have 8 MiB, the last one what is left`() throws {
    let scratch = try Scratch()
    try scratch.write(noise(Chunks.size + 5), to: "big")
    try scratch.write("", to: "empty")
    let made = try scratch.create(
      "items: [{kind: file, path: big}, {kind: file, path: empty}]", as: "site.tar")
    #expect(made.items.map(\.chunks.count) == [2, 0])
    #expect(made.items[0].chunks[1] == Chunks.digest(of: Array(noise(Chunks.size + 5).suffix(5))))
    #expect(scratch.faults("site.tar") == [])
  }

  @Test func `the id is of the content, and not of the signature`() throws {
    let scratch = try scratch()
    let one = try scratch.create(Self.list, as: "one")
    let two = try scratch.create(Self.list, as: "two", key: BundleKey())
    #expect(one.id == two.id)
    #expect(one.id.count == 64)
    let other = try scratch.create(Self.list.replacing("1.30", with: "1.31"), as: "three")
    #expect(other.id != one.id)
  }

  @Test func `sizes beyond 8 GiB fit into a header`() {
    let header = TarHeader.bytes("blob", size: 9 << 30, modified: 0)
    #expect(header[124] == 0x80)
    #expect(header[128..<136].reduce(0) { $0 << 8 | Int($1) } == 9 << 30)
  }

  @Test func `a time is read as it is written`() {
    #expect(Moment(iso8601: "2026-11-21T08:00:00Z") == Scratch.created)
    for text in ["2026-11-21", "2026-13-21T08:00:00Z", "2026-11-21T08:00:00+01:00"] {
      #expect(Moment(iso8601: text) == nil)
    }
  }

  @Test func `a key is opened by its passphrase alone`() throws {
    let password = try #require(VaultPassword(id: "default", bytes: Array("one".utf8)))
    let other = try #require(VaultPassword(id: "default", bytes: Array("two".utf8)))
    let key = BundleKey()
    let sealed = Array(try key.sealed(with: password).utf8)
    #expect(!String(decoding: sealed, as: UTF8.self).contains("PRIVATE"))
    let opened = try BundleKey(sealed, path: "key", keys: VaultKeys([password]))
    #expect(opened.trusted == key.trusted)
    #expect(throws: Diagnostic.self) {
      try BundleKey(sealed, path: "key", keys: VaultKeys([other]))
    }
    #expect(throws: Diagnostic.self) {
      try BundleKey(Array("plain".utf8), path: "key", keys: VaultKeys([password]))
    }
  }

  @Test func `a public key is read back`() throws {
    let key = BundleKey().trusted
    #expect(try TrustedKey.keys(key.text, path: "key.pub") == [key])
    #expect(key.fingerprint.count == 32)
    #expect(throws: Diagnostic.self) { try TrustedKey.keys("nothing", path: "key.pub") }
  }
}
