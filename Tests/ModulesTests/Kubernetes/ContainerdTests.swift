import Diagnostics
import ModuleKit
import Schema
import Testing

@testable import Modules

/// containerd: what its file looks like by version, what is refused, and when it is restarted.
@Suite struct ContainerdTests {
  private func containerd(_ yaml: String = "root: /var/lib/containerd") throws -> ContainerdModule {
    try module(ContainerdModule.self, yaml)
  }

  @Test(arguments: [
    ("data_root: /data", "containerd's word is `root`"),
    ("data-root: /data", "containerd's word is `root`"),
    ("log_driver: json-file", "the kubelet rotates logs"),
    ("log_driver: cgroupfs", "cgroupfs is no log driver"),
    ("cgroup_driver: cgroupfs", "cgroupDriver"),
    ("exec_opts: native.cgroupdriver=systemd", "cgroup_driver: systemd"),
    ("registry_mirrors: x", "hosts.toml"),
    ("runtimes: {nvidia: [x]}", "nvidia-container-runtime"),
  ])
  func `words of Docker are refused with the right ones`(_ row: (String, String)) throws {
    do {
      _ = try containerd(row.0)
      Issue.record("\(row.0) was accepted")
    } catch let error as Diagnostic {
      #expect(error.help?.contains(row.1) == true, "\(error)")
    } catch let error as DiagnosticError {
      #expect(error.diagnostics.first?.help?.contains(row.1) == true, "\(error)")
    }
  }

  @Test(arguments: [
    ("oom_score: -1001", "argument-range"), ("max_concurrent_downloads: 0", "argument-range"),
    ("imports: [conf.d/x.toml]", "containerd-imports"),
    ("imports: ['/etc/*/x.toml']", "containerd-imports"),
    ("unit_settings: {'a b': 1}", "containerd-unit"),
    ("unit_settings: {Nice: \"1\\n[Unit]\"}", "containerd-unit"),
  ])
  func `wrong values are refused`(_ row: (String, String)) throws {
    #expect(try mistakeID { _ = try containerd(row.0) } == row.1)
  }

  @Test(arguments: [
    ("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3", 2),
    (
      "containerd github.com/containerd/containerd v1.7.28 b98a3aace656320842a23f4a392a33f46af97866",
      2
    ),
    (
      "containerd github.com/containerd/containerd/v2 v2.1.3 c787fb98911740dd3ff2d0e45ce88cdf01410486",
      3
    ),
    ("containerd github.com/containerd/containerd 1.5.9 x", nil),
    ("containerd github.com/containerd/containerd v3.0.0 x", nil),
  ])
  func `the version decides the generation`(_ row: (String, Int?)) throws {
    let version = try #require(ContainerdVersion(line: row.0))
    #expect(ContainerdGeneration(version: version)?.rawValue == row.1)
  }

  @Test func `keys are under the tables of their generation`() throws {
    let settings = try containerd(
      "sandbox_image: 'r/pause:\"3\"'\nruntimes: {nvidia: /usr/bin/n}"
    ).settings
    let two = settings.file(.two)
    let three = settings.file(.three)
    #expect(two.contains("version = 2\nroot = \"/var/lib/containerd\""))
    #expect(three.contains("version = 3\nroot = \"/var/lib/containerd\""))
    #expect(!three.contains("io.containerd.grpc.v1.cri"))
    for (generation, text) in [(ContainerdGeneration.two, two), (.three, three)] {
      let read = TOMLText.scalars(text)
      for (path, value) in settings.effects(generation) { #expect(read[path] == value) }
    }
    let read = TOMLText.scalars(three)
    #expect(read["plugins/io.containerd.cri.v1.images/pinned_images/sandbox"] == "r/pause:\"3\"")
    #expect(
      read[
        "plugins/io.containerd.cri.v1.runtime/containerd/runtimes/nvidia/options/BinaryName"]
        == "/usr/bin/n")
    #expect(
      TOMLText.scalars(two)[
        "plugins/io.containerd.grpc.v1.cri/containerd/runtimes/runc/options/SystemdCgroup"]
        == "true")
  }

  @Test func `dumps of both generations are read`() {
    let text = """
      oom_score = -999
      imports = ["/a", "/b"]
      [plugins]
        [plugins."io.containerd.gc.v1.scheduler"]
          pause_threshold = 0.02
        [plugins.'io.containerd.cri.v1.images'.pinned_images]
          sandbox = 'r/pause:3.10' # why
      [[stream]]
        path = "x"
      """
    #expect(
      TOMLText.scalars(text) == [
        "oom_score": "-999", "plugins/io.containerd.gc.v1.scheduler/pause_threshold": "0.02",
        "plugins/io.containerd.cri.v1.images/pinned_images/sandbox": "r/pause:3.10",
        "[[]]/path": "x",
      ])
  }

  // MARK: - What is done

  private static let old = ContainerdVersion(line: "containerd x v1.7.28 x")
  private static let new = ContainerdVersion(line: "containerd x v2.1.3 x")

  /// A host whose file is as wished and in effect.
  private func view(
    _ module: ContainerdModule, version: ContainerdVersion? = old, isRunning: Bool = true,
    newer: [String] = [], lost: String? = nil
  ) throws -> FactView {
    var facts: [FactKey: Observation] = [:]
    func add<F: Fact>(_ kind: F.Type, _ name: String, _ reading: Reading<F>) {
      facts[FactKey(kind, name)] = Observation(reading, wants: [FactRequest.everything])
    }
    let generation = try #require(version.flatMap { ContainerdGeneration(version: $0) })
    let text = module.settings.file(generation)
    var settings = TOMLText.scalars(text)
    if let lost { settings[lost] = "otherwise" }
    add(
      FileFact.self, module.path.string,
      .present(
        FileFact(
          .regular, mode: FileMode(bits: 0o644), owner: .root, group: .root,
          size: text.utf8.count)))
    add(ContentFact.self, module.path.string, .present(ContentFact(Blob(Array(text.utf8)))))
    add(FileFact.self, module.unitFile.string, .absent)
    add(FileFact.self, module.unitFile.parent.string, .absent)
    add(ContentFact.self, module.unitFile.string, .absent)
    var unit = UnitFact(fresh: ContainerdFiles.unit)
    unit.fileState = "enabled"
    unit.activeState = isRunning ? "active" : "inactive"
    add(UnitFact.self, ContainerdFiles.unit, .present(unit))
    add(
      ContainerdFact.self, module.files.name,
      .present(ContainerdFact(version: version, settings: settings, newer: newer)))
    return FactView(facts)
  }

  private func shown(_ changes: [Change]) -> [String] {
    changes.map { "\($0.attribute): \($0.steps.map(\.label).joined(separator: "; "))" }
  }

  @Test func `what is in effect is left alone, in both generations`() throws {
    let module = try containerd()
    #expect(try module.changes(from: view(module)).isEmpty)
    #expect(try module.changes(from: view(module, version: Self.new)).isEmpty)
  }

  @Test func `it is started, and restarted where something is newer than what runs`() throws {
    let module = try containerd()
    #expect(
      shown(try module.changes(from: view(module, isRunning: false)))
        == ["active: systemctl start containerd.service"])
    let changes = try module.changes(from: view(module, newer: ["/etc/containerd/conf.d/a.toml"]))
    #expect(shown(changes) == ["running settings: systemctl restart containerd.service"])
    #expect(changes[0].before == .text("older than /etc/containerd/conf.d/a.toml"))
    #expect(changes[0].blast == .restart)
  }

  @Test func `another generation is another file, and a restart`() throws {
    let module = try containerd()
    var view = try view(module)
    view[FactKey(ContainerdFact.self, module.files.name)] = Observation(
      .present(ContainerdFact(version: Self.new, settings: [:])))
    #expect(
      shown(try module.changes(from: view)) == [
        "content: write /etc/containerd/config.toml",
        "running settings: systemctl restart containerd.service",
      ])
  }

  @Test func `a drop-in of the unit is written, and restarts`() throws {
    let module = try containerd("unit_settings: {LimitMEMLOCK: infinity, Nice: -5}")
    #expect(module.unitText == "[Service]\nLimitMEMLOCK=infinity\nNice=-5\n")
    #expect(
      shown(try module.changes(from: view(module))) == [
        "content: write /etc/systemd/system/containerd.service.d/50-spile.conf",
        "running settings: systemctl restart containerd.service",
      ])
  }

  @Test func `settings without effect, and limits of files from 2 on, are refused`() throws {
    let module = try containerd()
    let lost = try view(module, lost: "plugins/io.containerd.grpc.v1.cri/containerd/snapshotter")
    #expect(
      obstacleID { () throws(Obstacle) in try module.changes(from: lost) }
        == "containerd-without-effect")
    let limited = try containerd("unit_settings: {LimitNOFILE: 65536}")
    let new = try view(limited, version: Self.new)
    #expect(
      obstacleID { () throws(Obstacle) in try limited.changes(from: new) } == "containerd-limits")
    #expect(try limited.changes(from: view(limited)).count == 2)
  }

  // MARK: - Images

  private static let listing = """
    REF                     TYPE                                       DIGEST       SIZE    PLATFORMS   LABELS
    r.example.com/pause:3.9 application/vnd.oci.image.manifest.v1+json sha256:aaaa  2.5 KiB linux/amd64 io.cri-containerd.image=managed,io.cri-containerd.pinned=pinned
    r.example.com/dns:1     application/vnd.oci.image.manifest.v1+json sha256:bbbb  9.0 MiB linux/amd64 -
    """

  private static func index(_ name: String, _ digest: String) -> String {
    #"{"manifests": [{"digest": "\#(digest)", "annotations": {"io.containerd.image.name": "\#(name)"}}]}"#
  }

  @Test(arguments: [
    (index("r.example.com/pause:3.9", "sha256:aaaa"), "", []),
    (
      index("r.example.com/pause:3.9", "sha256:cccc"), "",
      ["image: ctr images import /a.tar", "pinned: ctr images label r.example.com/pause:3.9"]
    ),
    (
      index("r.example.com/dns:1", "sha256:bbbb"), "",
      ["pinned: ctr images label r.example.com/dns:1"]
    ),
    (index("r.example.com/dns:1", "sha256:bbbb"), "pinned: false", []),
    (
      index("r.example.com/new:1", "sha256:dddd"), "pinned: false",
      ["image: ctr images import /a.tar"]
    ),
    ("", "name: r.example.com/pause:3.9", []),
  ])
  func `images are compared by name, digest and label`(
    _ index: String, _ more: String, _ steps: [String]
  ) throws {
    let view = images(index: index)
    let changes = try module(ContainerdImageModule.self, "src: /a.tar\n\(more)")
      .changes(from: view)
    #expect(shown(changes) == steps)
  }

  @Test func `an archive that is not there or names nothing is refused`() throws {
    let wish = try module(ContainerdImageModule.self, "src: /a.tar")
    for view in [images(index: nil), images(index: "")] {
      #expect(
        obstacleID { () throws(Obstacle) in try wish.changes(from: view) } == "image-archive")
    }
  }

  private func images(index: String?) -> FactView {
    var view = FactView()
    let archive = FactRequest(ImageArchiveFact.self, "/a.tar")
    let list = FactRequest(ContainerdImagesFact.self, "k8s.io")
    func reply(_ fields: [String]) -> ProbeReply {
      ProbeReply(status: 0, output: Array(fields.map { $0 + "\0" }.joined().utf8))
    }
    view[archive.key] = ImageArchiveFact.parse(
      reply(["/a.tar", index == nil ? "absent" : "there", index ?? ""]), for: [archive])["/a.tar"]
      .map { Observation($0) }
    view[list.key] = ContainerdImagesFact.parse(
      reply(["k8s.io", "0", Self.listing]), for: [list])["k8s.io"].map { Observation($0) }
    return view
  }
}
