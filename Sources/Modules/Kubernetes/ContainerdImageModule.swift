import Bundle
import Diagnostics
import ModuleKit
import Schema

/// `containerd_image`: images of an archive on the host are in containerd, and stay.
struct ContainerdImageModule: StateModule {
  /// Where the images come from.
  private enum Source: Sendable {
    case archive(HostPath)
    case bundle(BundleChoice)
  }

  private let source: Source
  let name: String?
  private let namespace: String
  private let snapshotter: String
  private let isPinned: Bool

  static let pin = "io.cri-containerd.pinned=pinned"

  static let sourceParameter = Parameter<HostPath?>.optional(
    "src",
    "The archive on the host: an OCI layout, or what `docker save` writes; else `bundle` has it.",
    isSubject: true)
  static let nameParameter = Parameter<String?>.optional(
    "name",
    """
    The full name of the one image that has to be there. An archive on the host needs it where its `index.json` names \
    none: then the image is not compared by digest. A bundle always needs it.
    """
  )
  static let namespaceParameter = Parameter<String>.optional(
    "namespace", "Of containerd; the kubelet looks into `k8s.io`.", default: "k8s.io",
    shown: "k8s.io")
  static let snapshotterParameter = Parameter<String>.optional(
    "snapshotter", "Who unpacks the layers: as in the configuration.", default: "overlayfs",
    shown: "overlayfs")
  static let pinned = Parameter<Bool>.optional(
    "pinned",
    "Whether the kubelet never removes it when the disk is full: what cannot be fetched again.",
    default: true, shown: "true")

  static let manual = Manual(
    "containerd_image", .state, "Images of an archive are in containerd, pinned.",
    notes: [
      "All images that the archive names are looked for, by name and digest; the archive is imported where one is missing or "
        + "another. `pinned: false` leaves a label that is there.",
      "containerd must run, and `ctr` be there.",
    ] + BundleChoice.notes,
    parameters: [
      sourceParameter.manual, nameParameter.manual, namespaceParameter.manual,
      snapshotterParameter.manual, pinned.manual, BundleChoice.bundle.manual,
      BundleChoice.version.manual, BundleChoice.arch.manual,
    ],
    results: [.init("images", "The names of the images.")],
    examples: [
      """
      - name: the pause image is there before the first pod
        containerd_image:
          src: /opt/images/pause.tar
      """,
      """
      - name: the same, from the bundle that `spile_bundle` names
        containerd_image:
          name: registry.k8s.io/pause:3.10
      """,
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    let name = try arguments[Self.nameParameter]
    if let path = try arguments[Self.sourceParameter] {
      source = .archive(path)
      self.name = name
    } else {
      guard let name else {
        throw Diagnostic(
          .error, "missing-parameter",
          "module `containerd_image` needs a `src`, or the `name` of an image in a bundle",
          at: arguments.span)
      }
      let full = ImageName.full(name)
      source = .bundle(
        try BundleChoice(arguments, Self.nameParameter.manual, title: "image `\(full)`") {
          $0.images[full] != nil
        })
      self.name = full
    }
    namespace = try arguments[Self.namespaceParameter]
    snapshotter = try arguments[Self.snapshotterParameter]
    isPinned = try arguments[Self.pinned]
  }

  func reads(given facts: FactView) -> [FactRequest] {
    let images = FactRequest(ContainerdImagesFact.self, namespace)
    switch source {
    case .archive(let path): return [FactRequest(ImageArchiveFact.self, path.string), images]
    case .bundle(let choice):
      guard let item = try? choice.item(facts), let wished = try? wished(facts),
        let present = facts.known(ContainerdImagesFact.self, namespace),
        !lacking(wished, in: present).isEmpty
      else { return choice.reads + [images] }
      return choice.reads + [images] + StagedBlob(blob: item.blob).reads
    }
  }

  private func lacking(
    _ wished: [(String, String?)], in present: ContainerdImagesFact
  ) -> [(String, String?)] {
    wished.filter { name, digest in
      guard let image = present.images[name] else { return true }
      return digest != nil && image.digest != digest
    }
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    let wished = try wished(facts)
    guard let present = try facts.fact(ContainerdImagesFact.self, namespace) else { return [] }
    var foreseen = present
    var changes: [Change] = []
    for (index, (name, digest)) in lacking(wished, in: present).enumerated() {
      foreseen.images[name] = .init(digest: digest ?? "", labels: [])
      // One import brings them all.
      let steps = index == 0 ? [try importing(facts)] : []
      changes.append(
        change(
          name, "image", from: present.images[name]?.digest,
          to: digest ?? "imported", steps, foreseen))
    }
    for (name, _) in wished
    where isPinned && foreseen.images[name]?.labels.contains(Self.pin) != true {
      foreseen.images[name]?.labels.insert(Self.pin)
      changes.append(change(name, "pinned", from: "no", to: "yes", [pinning(name)], foreseen))
    }
    return changes
  }

  /// The names of images with their digests, nil where these are not compared.
  private func wished(_ facts: FactView) throws(Obstacle) -> [(String, String?)] {
    switch source {
    case .archive(let path): return try wished(path, facts)
    case .bundle(let choice):
      let item = try choice.item(facts)
      return item.images.filter { $0.key == name }.map { ($0.key, $0.value) }
    }
  }

  private func wished(
    _ source: HostPath, _ facts: FactView
  ) throws(Obstacle) -> [(String, String?)] {
    guard let archive = try facts.fact(ImageArchiveFact.self, source.string) else {
      throw .refusing("image-archive", "there is no file \(source)", help: "copy it there before")
    }
    if let name {
      guard archive.images.isEmpty || archive.images[name] != nil else {
        throw .refusing(
          "image-archive", "\(source) has no image `\(name)`",
          help: "it has \(archive.images.keys.sorted().joined(separator: ", "))")
      }
      return [(name, archive.images[name])]
    }
    guard !archive.images.isEmpty else {
      throw .refusing(
        "image-archive", "\(source) does not tell full names of its images in `index.json`",
        help: "give the one by `name`")
    }
    return archive.images.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private var footprint: Footprint { .keys(FactKey(ContainerdImagesFact.self, namespace)) }

  /// Imports an archive of the host, else one that travels.
  private func importing(_ facts: FactView) throws(Obstacle) -> Step {
    var path: HostPath?
    var blob: Blob?
    var title: String
    switch source {
    case .archive(let archive):
      path = archive
      title = archive.string
    case .bundle(let choice):
      let item = try choice.item(facts)
      let staged = StagedBlob(blob: item.blob)
      path = staged.path(facts)
      if path == nil {
        try staged.check()
        blob = item.blob
      }
      title = "\(item.file) of the bundle"
    }
    return Step(
      "ctr images import \(title)",
      """
      ctr --namespace \(namespace) images import --snapshotter \(snapshotter) \(path?.string ?? "-") >&2
      """, input: blob, footprint: footprint, deadline: .seconds(1800))
  }

  private func pinning(_ name: String) -> Step {
    Step(
      "ctr images label \(name)",
      "ctr --namespace \(namespace) images label \(name) \(Self.pin) >/dev/null",
      footprint: footprint)
  }

  private func change(
    _ name: String, _ attribute: String, from before: String?, to after: String, _ steps: [Step],
    _ foreseen: ContainerdImagesFact
  ) -> Change {
    Change(
      name, attribute, before == nil ? .create : .update, from: before.map { .text($0) } ?? .absent,
      to: .text(after), steps: steps,
      predicts: [Prediction(ContainerdImagesFact.self, namespace, .present(foreseen))])
  }

  func result(before: FactView, after: FactView, replies: [StepReply]) -> ValueMap {
    var names: [String] = []
    if case .archive(let path) = source {
      names = after.known(ImageArchiveFact.self, path.string)?.images.keys.sorted() ?? []
    }
    let all = name.map { [$0] } ?? names
    return ["images": .list(all.map { .string($0) })]
  }
}
