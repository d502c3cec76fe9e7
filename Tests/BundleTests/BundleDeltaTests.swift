import Diagnostics
import Testing

@testable import Bundle

@Suite struct BundleDeltaTests {
  private static let list = """
    items:
      - {kind: file, path: kept}
      - {kind: file, name: moved, version: 1, path: old}
    """

  /// A base, and a delta in which one file is the same, one new version and one new.
  private func scratch() throws -> (Scratch, base: BundleManifest, delta: BundleManifest) {
    let scratch = try Scratch()
    for name in ["kept", "old", "new", "added"] { try scratch.write("file " + name, to: name) }
    let base = try scratch.create(Self.list, as: "base.tar")
    let list =
      Self.list.replacing("version: 1, path: old", with: "version: 2, path: new")
      + "\n  - {kind: file, path: added}"
    return (scratch, base, try scratch.create(list, as: "delta.tar", base: base))
  }

  @Test func `a delta has only what its base lacks`() throws {
    let (scratch, base, delta) = try scratch()
    #expect(delta.base == base.id)
    #expect(delta.items.filter(\.isInBase).map(\.name) == ["kept"])
    #expect(try BundleContents(scratch["delta.tar"]).names.count == 4)
    #expect(scratch.faults("delta.tar", bases: ["base.tar"]) == [])
  }

  @Test func `a delta alone says which bundle it wants`() throws {
    let (scratch, base, _) = try scratch()
    let faults = BundleVerification.check(
      scratch["delta.tar"], bases: [], trusting: [scratch.key.trusted]
    ).faults
    #expect(faults.map(\.id) == ["bundle-base"])
    #expect(faults[0].message.contains(base.id.prefix(12)))
  }

  @Test func `a base of another id is no base`() throws {
    let (scratch, _, _) = try scratch()
    try scratch.create("items: [{kind: file, path: kept}]", as: "other.tar")
    #expect(scratch.faults("delta.tar", bases: ["other.tar"]) == ["bundle-base"])
  }

  @Test func `a base by another key is refused`() throws {
    let (scratch, _, _) = try scratch()
    try scratch.create(Self.list, as: "forged.tar", key: BundleKey())
    #expect(scratch.faults("delta.tar", bases: ["forged.tar"]) == ["bundle-key"])
  }

  @Test func `what the base should have and has not is missing`() throws {
    let (scratch, base, _) = try scratch()
    try scratch.create(Self.list, as: "base")
    try scratch.run("rm", scratch["base/blobs/sha256/" + base.items[0].sha256])
    #expect(scratch.faults("delta.tar", bases: ["base"]) == ["blob-missing"])
  }

  @Test func `a delta of a delta takes blobs from both`() throws {
    let (scratch, _, delta) = try scratch()
    let list =
      "items: [{kind: file, path: kept}, {kind: file, path: added}, {kind: file, path: old}]"
    let third = try scratch.create(list, as: "third.tar", base: delta)
    #expect(third.items.filter(\.isInBase).map(\.name).sorted() == ["added", "kept"])
    #expect(scratch.faults("third.tar", bases: ["delta.tar", "base.tar"]) == [])
    #expect(scratch.faults("third.tar", bases: ["delta.tar"]) == ["bundle-base"])
  }

  @Test func `differences are told by what they are`() throws {
    let (_, base, delta) = try scratch()
    let difference = BundleDifference(from: base, to: delta)
    #expect(difference.added.map(\.name) == ["added"])
    #expect(difference.removed.isEmpty)
    #expect(difference.changed.map { $0.before.version + $0.after.version } == ["12"])
    let back = BundleDifference(from: delta, to: base)
    #expect(back.removed.map(\.name) == ["added"])
    #expect(BundleDifference(from: base, to: base).isEmpty)
  }
}
