import Diagnostics
import Schema
import Testing

@testable import Bundle

@Suite struct ImageArchiveTests {
  /// A tar archive of texts.
  private func tar(_ files: [(String, String)]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (name, text) in files {
      let content = Array(text.utf8)
      bytes += TarHeader.bytes(name, size: content.count, modified: 0) + content
      bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }
    return bytes + [UInt8](repeating: 0, count: 1024)
  }

  private func images(
    _ files: [(String, String)], named name: String? = nil
  ) throws -> [ImageReference] {
    let scratch = try Scratch()
    try scratch.write(tar(files), to: "image.tar")
    return try ImageArchive(ReadableFile(scratch["image.tar"])).images(named: name)
  }

  private static let manifests = [
    (
      "blobs/sha256/m1",
      #"{"config": {"digest": "sha256:c1"}, "layers": [{"digest": "sha256:l1"}]}"#
    ),
    ("blobs/sha256/m2", #"{"layers": [{"digest": "sha256:l1"}, {"digest": "sha256:l2"}]}"#),
    ("blobs/sha256/c1", #"{"architecture": "amd64", "os": "linux"}"#),
    (
      "blobs/sha256/index",
      """
      {"manifests": [
        {"digest": "sha256:m1"},
        {"digest": "sha256:m2", "platform": {"architecture": "arm64", "os": "linux", "variant": "v8"}},
        {"digest": "sha256:m3", "platform": {"architecture": "s390x", "os": "linux"}}]}
      """
    ),
  ]

  @Test func `a layout for several machines tells each, as far as it is there`() throws {
    let found = try images(
      Self.manifests + [
        (
          "index.json",
          """
          {"manifests": [{"digest": "sha256:index", "annotations": {
            "io.containerd.image.name": "registry.k8s.io/pause:3.10",
            "org.opencontainers.image.ref.name": "3.10"}}]}
          """
        )
      ])
    let image = try #require(found.first)
    #expect(image.reference == "registry.k8s.io/pause:3.10")
    #expect(image.digest == "sha256:index")
    #expect(image.platforms.map(\.architecture) == ["amd64", "arm64"])
    #expect(image.platforms.map(\.layers) == [["sha256:l1"], ["sha256:l1", "sha256:l2"]])
  }

  @Test func `a layout without names takes the one it is given`() throws {
    let nameless = [("index.json", #"{"manifests": [{"digest": "sha256:m1"}]}"#)] + Self.manifests
    let found = try images(nameless, named: "example.com/a:1")
    #expect(found.map(\.reference) == ["example.com/a:1"])
    #expect(found[0].digest == nil)
    #expect(throws: ImageArchive.Fault.self) { try images(nameless) }
  }

  @Test func `what docker save writes has full names`() throws {
    let found = try images([
      (
        "manifest.json",
        #"[{"Config": "abc.json", "RepoTags": ["nginx:1.27", "bitnami/redis:7"], "Layers": ["x/layer.tar"]}]"#
      ), ("abc.json", #"{"architecture": "arm64", "os": "linux"}"#),
    ])
    #expect(
      found.map(\.reference) == ["docker.io/library/nginx:1.27", "docker.io/bitnami/redis:7"])
    #expect(found[0].platforms[0].architecture == "arm64")
    #expect(found[0].platforms[0].digest == "sha256:abc")
    #expect(found[0].digest == nil)
  }

  @Test func `the bundle tells what the archive has`() throws {
    let scratch = try Scratch()
    try scratch.write(
      tar([
        (
          "manifest.json",
          #"[{"Config": "abc.json", "RepoTags": ["quay.io/cilium/cilium:v1.16.1"], "Layers": []}]"#
        ), ("abc.json", #"{"architecture": "amd64", "os": "linux"}"#),
      ]), to: "image.tar")
    let made = try scratch.create("items: [{kind: image, path: image.tar}]", as: "site.tar")
    #expect(made.items.map(\.title) == ["image cilium v1.16.1 (amd64)"])
    #expect(
      try BundleContents(scratch["site.tar"]).manifest.items[0].images == made.items[0].images)
  }

  @Test(arguments: [
    ("plain text", "no archive of images: it is no tar archive"),
    ("\u{1F}gz", "no archive of images"),
  ])
  func `what is no archive of images is refused`(_ text: String, _ message: String) throws {
    let scratch = try Scratch()
    try scratch.write(text, to: "image.tar")
    let error = #expect(throws: DiagnosticError.self) {
      try scratch.create("items: [{kind: image, path: image.tar}]", as: "site.tar")
    }
    #expect(error?.diagnostics.first?.message.contains(message) == true)
  }

  @Test func `short names are completed as Docker does`() {
    #expect(ImageName.full("nginx") == "docker.io/library/nginx:latest")
    #expect(ImageName.full("a/b:1") == "docker.io/a/b:1")
    #expect(ImageName.full("localhost/b:1") == "localhost/b:1")
    #expect(ImageName.full("reg:5000/b") == "reg:5000/b:latest")
    #expect(ImageName.full("a.b/c@sha256:00") == "a.b/c@sha256:00")
  }
}
