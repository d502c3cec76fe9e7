import Testing

@testable import Bundle

@Suite struct BundleCoverageTests {
  private static func item(
    _ kind: BundleItem.Kind, _ name: String, _ version: String = "", _ architectures: [String] = [],
    _ systems: [String] = [], images: [ImageReference] = []
  ) -> BundleItem {
    BundleItem(
      kind: kind, name: name, version: version, architectures: architectures, systems: systems,
      file: name, size: 0, sha256: "", mediaType: "", licence: "", source: "", requiredBy: [],
      images: images, chunks: [], isInBase: false)
  }

  private static func image(_ reference: String, _ architectures: String...) -> ImageReference {
    ImageReference(
      reference: reference, digest: "sha256:" + reference.prefix(3),
      platforms: architectures.map {
        .init(system: "linux", architecture: $0, digest: "", layers: [])
      })
  }

  private static let coverage = BundleCoverage([
    BundleManifest(
      name: "", created: Scratch.created, tool: "", base: nil,
      items: [
        item(.binary, "kubelet", "1.32.1", ["amd64"]),
        item(.file, "anywhere"),
        item(.package, "chrony", "4.3", ["amd64"], ["debian12"]),
        item(
          .image, "kubelet", "", [],
          images: [
            image("quay.io/a/tool:1", "amd64", "arm/v7"), image("docker.io/library/one:2", "arm64"),
          ]),
      ])
  ])

  private static let here = BundleCoverage.Machine(
    name: "h", architecture: "amd64", systems: ["debian", "debian12"])
  private static let arm = BundleCoverage.Machine(
    name: "h", architecture: "arm64", systems: ["rhel", "rhel9"])
  private static let unknown = BundleCoverage.Machine(name: "h", architecture: nil, systems: nil)

  private func state(_ supply: Supply, _ machine: BundleCoverage.Machine) -> String {
    switch Self.coverage.answer(to: supply, on: machine) {
    case .present: "present"
    case .missing(let hint): hint.isEmpty ? "missing" : "missing: \(hint)"
    case .unclear(let reason): "unclear: \(reason.prefix(30))"
    }
  }

  private func file(_ name: String, version: String? = nil, kind: String? = nil) -> Supply {
    .file(name: name, kind: kind, version: version, architecture: nil)
  }

  @Test func `files are there by name, version and machine`() {
    #expect(state(file("kubelet"), Self.here) == "present")
    #expect(state(file("kubelet", version: "1.32.1"), Self.here) == "present")
    #expect(
      state(file("kubelet", version: "1.33.0"), Self.here)
        == "missing: there is binary kubelet 1.32.1 (amd64)")
    #expect(
      state(file("kubelet"), Self.arm) == "missing: there is binary kubelet 1.32.1 (amd64)")
    #expect(state(file("kubelet", kind: "driver"), Self.here) == "missing")
    #expect(state(file("kubeadm"), Self.here) == "missing")
    #expect(state(file("anywhere"), Self.arm) == "present")
  }

  @Test func `what the inventory does not say is not guessed`() {
    #expect(state(file("kubelet"), Self.unknown).hasPrefix("unclear: nobody says the architecture"))
    #expect(state(file("anywhere"), Self.unknown) == "present")
    let half = BundleCoverage.Machine(name: "h", architecture: "amd64", systems: nil)
    #expect(state(.package("chrony"), half).hasPrefix("unclear: nobody says the system"))
  }

  @Test func `packages are there by name and system`() {
    #expect(state(.package("chrony"), Self.here) == "present")
    #expect(state(.package("chrony"), Self.arm).hasPrefix("missing: there is package chrony"))
    #expect(state(.package("kubelet"), Self.here) == "missing")
  }

  @Test func `images are there by full name or digest, and platform`() {
    #expect(state(.image("quay.io/a/tool:1"), Self.here) == "present")
    #expect(state(.image("one:2"), Self.arm) == "present")
    #expect(state(.image("one:2"), Self.here) == "missing: it is there for arm64")
    #expect(state(.image("quay.io/a/tool@sha256:qua"), Self.here) == "present")
    #expect(state(.image("quay.io/a/tool@sha256:xyz"), Self.here).hasPrefix("missing"))
    #expect(
      state(.image("registry.local/tool:2"), Self.here) == "missing: there is quay.io/a/tool:1")
    #expect(state(.image("one:2"), Self.unknown).hasPrefix("unclear: it is for arm64"))
    let small = BundleCoverage.Machine(name: "h", architecture: "arm", systems: nil)
    #expect(state(.image("quay.io/a/tool:1"), small) == "present")
  }

  @Test func `images of objects are found wherever they stand`() {
    let text = """
      apiVersion: apps/v1
      kind: DaemonSet
      spec:
        template:
          spec:
            initContainers: [{name: a, image: one:1}]
            containers:
              - {name: b, image: "quay.io/b:2"}
              - {name: c, image: one:1}
      ---
      image: not-an-object
      ---
      apiVersion: cilium.io/v2
      kind: Thing
      image: {repository: x}
      """
    #expect(ManifestImages.names(inText: Array(text.utf8)) == ["one:1", "quay.io/b:2"])
    #expect(ManifestImages.names(inText: Array("a: [".utf8)) == [])
  }

  @Test func `names of systems are those of os-release`() {
    #expect(SystemName.all(id: "RHEL", version: "9.4") == ["rhel", "rhel9", "rhel9.4"])
    #expect(SystemName.all(id: "debian", version: "12") == ["debian", "debian12", "debian12"])
    #expect(SystemName.all(id: "arch", version: "") == ["arch"])
    #expect(Architecture.name(ofMachine: "aarch64") == "arm64")
    #expect(Architecture.name(ofMachine: "riscv64") == "riscv64")
  }
}
