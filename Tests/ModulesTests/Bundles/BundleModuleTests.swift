import Bundle
import Diagnostics
import ModuleKit
import Schema
import Testing

@testable import Modules

@Suite struct BundleModuleTests {
  private static func item(
    _ kind: String, _ name: String, _ version: String, _ content: String,
    _ architectures: [String] = [], _ systems: [String] = [], images: [String: String?] = [:]
  ) -> BundleOffer.Item {
    BundleOffer.Item(
      kind: kind, name: name, version: version, file: name + ".bin", architectures: architectures,
      systems: systems, images: images, blob: Blob(Array(content.utf8)))
  }

  private static let pause = "registry.k8s.io/pause:3.10"
  private static let offer = BundleOffer(
    id: "1", path: "site.tar",
    items: [
      item("binary", "kubelet", "1.32", "for amd64", ["amd64"]),
      item("binary", "kubelet", "1.32", "for arm64", ["arm64"]),
      item("file", "sysctl", "1", "one"), item("file", "sysctl", "2", "two"),
      item("driver", "gpu", "5", "module", [], ["debian12"]),
      item("image", "kubelet", "", "image", [], images: [pause: "sha256:aa"]),
    ])

  private func module<M: Module>(_ type: M.Type, _ yaml: String) throws -> M {
    var arguments = try arguments(type.manual.name, "bundle: site.tar\n" + yaml)
    arguments.given["bundle"]?.bundle = Self.offer
    return try type.init(arguments)
  }

  /// A host with its system and, where they are there, a file and a blob that was staged.
  private func host(
    _ machine: String = "x86_64", file content: String? = nil, staged: String? = nil
  ) -> FactView {
    var view = FactView()
    func put<F: Fact>(_ fact: F?, _ name: String) {
      view[FactKey(F.self, name)] =
        fact.map { Observation(.present($0), wants: ["*"]) }
        ?? Observation(Reading<F>.absent, wants: ["*"])
    }
    put(
      OSFact(
        release: ["ID": "debian", "VERSION_ID": "12"], kernel: "6.1", architecture: machine,
        packageManager: "apt", serviceManager: "systemd"), "")
    put(IdentityFact(user: .root, group: .root), "")
    put(FileFact(.directory, mode: FileMode(bits: 0o755), owner: .root, group: .root), "/opt")
    let blob = content.map { Blob(Array($0.utf8)) }
    put(
      blob.map {
        FileFact(
          .regular, mode: FileMode(bits: 0o755), owner: .root, group: .root, size: $0.count)
      }, "/opt/x")
    put(blob.map { ContentFact($0) }, "/opt/x")
    for item in Self.offer.items {
      let isStaged = staged.map { Blob(Array($0.utf8)) == item.blob } ?? false
      put(
        isStaged ? ContentFact(item.blob) : nil, BundleOffer.stagingFolder + "/" + item.blob.sha256)
    }
    return view
  }

  @Test(arguments: [("x86_64", "for amd64"), ("aarch64", "for arm64")])
  func `the file for the host's machine is written`(_ machine: String, _ content: String) throws {
    let wish = try module(BundleFileModule.self, "{name: kubelet, dest: /opt/x}".yaml)
    let changes = try wish.changes(from: host(machine))
    #expect(changes.map(\.attribute) == ["content", "mode"])
    #expect(changes[0].steps[0].input == Blob(Array(content.utf8)))
    #expect(try wish.changes(from: host(machine, file: content)).isEmpty)
  }

  @Test func `what is staged does not travel`() throws {
    let wish = try module(BundleFileModule.self, "{name: kubelet, dest: /opt/x}".yaml)
    let step = try #require(try wish.changes(from: host(staged: "for amd64")).first?.steps.first)
    #expect(step.input == nil)
    #expect(step.script.source.contains(BundleOffer.stagingFolder))
    #expect(step.script.source.contains("has_digest \"$temp\""))
    let other = try wish.changes(from: host(staged: "for arm64")).first?.steps.first
    #expect(other?.input != nil)
  }

  @Test func `one look is enough where nothing differs`() throws {
    let wish = try module(BundleFileModule.self, "{name: kubelet, dest: /opt/x}".yaml)
    let first = Set(wish.reads(given: FactView()).map(\.key))
    let then = Set(wish.reads(given: host(file: "for amd64")).map(\.key))
    #expect(then.isSubset(of: first))
    let differing = Set(wish.reads(given: host(file: "old")).map(\.key.name))
    #expect(differing.contains { $0.hasPrefix(BundleOffer.stagingFolder) })
  }

  @Test func `a folder gets the file under its own name`() throws {
    let wish = try module(BundleFileModule.self, "{name: gpu, dest: /opt/}".yaml)
    #expect(wish.reads(given: host()).contains { $0.key.name == "/opt/gpu.bin" })
  }

  @Test(arguments: [
    ("{name: sysctl, dest: /opt/x}", "x86_64", "bundle-several"),
    ("{name: kubelet, dest: /opt/x}", "riscv64", "bundle-lacks"),
    ("{name: kubelet, arch: arm64, dest: /opt/x}", "x86_64", "nothing"),
    ("{name: sysctl, version: '2', dest: /opt/x}", "x86_64", "nothing"),
  ])
  func `what is not clear is refused`(_ yaml: String, _ machine: String, _ id: String) throws {
    let wish = try module(BundleFileModule.self, yaml.yaml)
    let found = obstacleID { () throws(Obstacle) in try wish.changes(from: host(machine)) }
    #expect(found ?? "nothing" == id)
  }

  @Test(arguments: [
    "{name: kubeadm, dest: /opt/x}", "{name: kubelet, version: '9', dest: /opt/x}",
    "{name: kubelet, kind: driver, dest: /opt/x}",
  ])
  func `what the bundle lacks is found before anything runs`(_ yaml: String) throws {
    #expect(
      try mistakeID { _ = try module(BundleFileModule.self, yaml.yaml) } == "bundle-lacks")
  }

  @Test func `a blob that cannot be believed is refused`() throws {
    var arguments = try arguments("bundle_file", "{bundle: a, name: broken, dest: /opt/x}")
    let blob = Blob(count: 9, sha256: String(repeating: "a", count: 64)) {
      _ throws(BlobFailure) in throw BlobFailure("it was changed")
    }
    arguments.given["bundle"]?.bundle = BundleOffer(
      id: "1", path: "a",
      items: [
        .init(
          kind: "file", name: "broken", version: "", file: "broken", architectures: [],
          systems: [], images: [:], blob: blob)
      ])
    let wish = try BundleFileModule(arguments)
    #expect(obstacleID { () throws(Obstacle) in try wish.changes(from: host()) } == "blob-broken")
  }

  // MARK: Images

  private func images(_ listing: String, staged: String? = nil) -> FactView {
    var view = host(staged: staged)
    let list = FactRequest(ContainerdImagesFact.self, "k8s.io")
    let reply = ["k8s.io", "0", "REF TYPE DIGEST SIZE PLATFORMS LABELS\n" + listing]
    view[list.key] = ContainerdImagesFact.parse(
      ProbeReply(status: 0, output: Array(reply.map { $0 + "\0" }.joined().utf8)), for: [list])[
        "k8s.io"
      ].map { Observation($0) }
    return view
  }

  @Test func `an image of the bundle is imported where it is missing or another`() throws {
    let wish = try module(ContainerdImageModule.self, "name: \(Self.pause)")
    let sent = try wish.changes(from: images(""))
    #expect(sent[0].steps[0].input == Blob(Array("image".utf8)))
    #expect(sent[0].steps[0].script.source.contains("images import --snapshotter overlayfs - "))
    let staged = try wish.changes(from: images("", staged: "image"))
    #expect(staged[0].steps[0].input == nil)
    #expect(staged[0].steps[0].script.source.contains(BundleOffer.stagingFolder))
    let label = ContainerdImageModule.pin
    let there = "\(Self.pause) t sha256:aa 1 B linux/amd64 \(label)\n"
    #expect(try wish.changes(from: images(there)).isEmpty)
    let other = "\(Self.pause) t sha256:bb 1 B linux/amd64 \(label)\n"
    #expect(try wish.changes(from: images(other)).map(\.attribute) == ["image", "pinned"])
  }

  @Test func `modules tell what they take`() throws {
    #expect(
      try module(
        BundleFileModule.self, "{name: kubelet, version: '1.32', arch: x86_64, dest: /x}".yaml
      )
      .supplies
        == [.file(name: "kubelet", kind: nil, version: "1.32", architecture: "amd64")])
    #expect(
      try module(ContainerdImageModule.self, "name: \(Self.pause)").supplies == [.image(Self.pause)]
    )
    let package = try PackageModule(arguments("package", "{name: [a, b=1], state: present}"))
    #expect(package.supplies == [.package("a"), .package("b")])
    let absent = try PackageModule(arguments("package", "{name: a, state: absent}"))
    #expect(absent.supplies.isEmpty)
    let pod = "dest: /x\ncontent: |\n  apiVersion: v1\n  kind: Pod\n  spec: {image: 'a:1'}\n"
    #expect(try CopyModule(arguments("copy", pod)).supplies == [.image("a:1")])
  }
}

extension String {
  /// A mapping in braces as lines, so that others can stand before it.
  fileprivate var yaml: String {
    dropFirst().dropLast().split(separator: ", ").joined(separator: "\n")
  }
}
