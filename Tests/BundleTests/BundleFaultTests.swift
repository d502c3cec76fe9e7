import Diagnostics
import Testing

@testable import Bundle

@Suite struct BundleFaultTests {
  /// A folder with two blobs, one of them of two pieces.
  private func scratch() throws -> (Scratch, small: String, big: String) {
    let scratch = try Scratch()
    try scratch.write("small", to: "small")
    try scratch.write(noise(Chunks.size + 100), to: "big")
    let made = try scratch.create(
      "items: [{kind: file, path: small}, {kind: file, path: big}]", as: "site")
    func place(_ name: String) throws -> String {
      "site/blobs/sha256/" + (try #require(made.items.first { $0.name == name })).sha256
    }
    return (scratch, try place("small"), try place("big"))
  }

  private func change(_ scratch: Scratch, _ name: String, _ body: (inout [UInt8]) -> Void) throws {
    var bytes = try scratch.read(name)
    body(&bytes)
    try scratch.write(bytes, to: name)
  }

  @Test func `a bundle without a signature is refused`() throws {
    let (scratch, _, _) = try scratch()
    try scratch.run("rm", scratch["site/bundle.json.sig"])
    #expect(scratch.faults("site") == ["bundle-unsigned"])
  }

  @Test func `a damaged signature is refused`() throws {
    let (scratch, _, _) = try scratch()
    try scratch.write("{}", to: "site/bundle.json.sig")
    #expect(scratch.faults("site") == ["bundle-signature"])
  }

  @Test func `another key is told from a changed manifest`() throws {
    let (scratch, _, _) = try scratch()
    #expect(scratch.faults("site", key: BundleKey()) == ["bundle-key"])
  }

  @Test func `a manifest that was changed is refused, even where it is still the same to a reader`()
    throws
  {
    let (scratch, _, _) = try scratch()
    try change(scratch, "site/bundle.json") { $0.append(0x0A) }
    #expect(scratch.faults("site") == ["bundle-changed"])
  }

  @Test func `content that does not fit the id is refused`() throws {
    let (scratch, _, _) = try scratch()
    let text = String(decoding: try scratch.read("site/bundle.json"), as: UTF8.self)
    try scratch.write(text.replacing("\"small\"", with: "\"other\""), to: "site/bundle.json")
    #expect(scratch.faults("site") == ["bundle-id"])
  }

  @Test func `a manifest that is no JSON says where`() throws {
    let (scratch, _, _) = try scratch()
    try change(scratch, "site/bundle.json") { $0.removeLast(20) }
    let error = #expect(throws: DiagnosticError.self) { try BundleContents(scratch["site"]) }
    #expect(error?.diagnostics.first?.message.contains("is no JSON: line") == true)
  }

  @Test func `a manifest of a later format is refused`() throws {
    let (scratch, _, _) = try scratch()
    let text = String(decoding: try scratch.read("site/bundle.json"), as: UTF8.self)
    try scratch.write(
      text.replacing("\"schema\": 1", with: "\"schema\": 2"), to: "site/bundle.json")
    #expect(scratch.faults("site") == ["bundle-schema"])
  }

  @Test func `a flipped bit is found, with its place`() throws {
    let (scratch, _, big) = try scratch()
    try change(scratch, big) { $0[Chunks.size + 3] ^= 1 }
    #expect(scratch.faults("site") == ["blob-broken"])
    let message = BundleVerification.check(
      scratch["site"], bases: [], trusting: [scratch.key.trusted]
    ).faults[0].message
    #expect(message.contains("from byte 8388608 on"))
  }

  @Test func `every fault is told, not the first`() throws {
    let (scratch, small, big) = try scratch()
    try scratch.run("rm", scratch[small])
    try change(scratch, big) { $0.removeLast() }
    try scratch.write("stowaway", to: "site/blobs/sha256/stowaway")
    try scratch.write("stowaway", to: "site/README")
    try scratch.run("rm", scratch["site/bundle.json.sig"])
    #expect(
      scratch.faults("site")
        == ["blob-missing", "blob-surplus", "blob-surplus", "blob-truncated", "bundle-unsigned"])
  }

  @Test func `a blob that is too long is refused`() throws {
    let (scratch, small, _) = try scratch()
    try change(scratch, small) { $0.append(1) }
    #expect(scratch.faults("site") == ["blob-broken"])
  }

  @Test func `an archive that was cut off is refused wherever it ends`() throws {
    let scratch = try Scratch()
    try scratch.write(noise(2000), to: "one")
    try scratch.create("items: [{kind: file, path: one}]", as: "site.tar")
    let whole = try scratch.read("site.tar")
    // Behind the last blob only padding and the two empty blocks of the end can be missing.
    let end = whole.count - 1024 - (512 - 2000 % 512)
    for length in stride(from: 0, through: end, by: 97) {
      try scratch.write(Array(whole[..<length]), to: "cut.tar")
      #expect(!scratch.faults("cut.tar").isEmpty, "\(length) of \(whole.count) bytes")
    }
  }

  @Test func `a changed byte of an archive is found wherever it is`() throws {
    let scratch = try Scratch()
    try scratch.write(noise(700), to: "one")
    try scratch.create("items: [{kind: file, path: one}]", as: "site.tar")
    let whole = try scratch.read("site.tar")
    let index = try TarIndex(ReadableFile(scratch["site.tar"]))
    for member in index.members {
      for offset in stride(
        from: member.content.range.lowerBound, to: member.content.range.upperBound, by: 41)
      {
        var bytes = whole
        bytes[offset] ^= 0x10
        try scratch.write(bytes, to: "bad.tar")
        #expect(!scratch.faults("bad.tar").isEmpty, "\(member.name), byte \(offset)")
      }
    }
  }

  @Test func `digests that lead out of the folder are no digests`() throws {
    let (scratch, small, _) = try scratch()
    let digest = String(small.split(separator: "/").last ?? "")
    let text = String(decoding: try scratch.read("site/bundle.json"), as: UTF8.self)
    try scratch.write(
      text.replacing("\"sha256\": \"\(digest)", with: "\"sha256\": \"../../etc/passwd"),
      to: "site/bundle.json")
    #expect(scratch.faults("site").contains("bundle-manifest"))
  }
}
