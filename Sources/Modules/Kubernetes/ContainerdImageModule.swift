import Diagnostics
import ModuleKit
import Schema

/// `containerd_image`: images of an archive on the host are in containerd, and stay.
struct ContainerdImageModule: StateModule {
  private let source: HostPath
  private let name: String?
  private let namespace: String
  private let snapshotter: String
  private let isPinned: Bool

  static let pin = "io.cri-containerd.pinned=pinned"

  static let sourceParameter = Parameter<HostPath>.required(
    "src", "The archive on the host: an OCI layout, or what `docker save` writes.", isSubject: true)
  static let nameParameter = Parameter<String?>.optional(
    "name",
    "The full name of the one image that has to be there, for archives whose `index.json` names none: then it is not compared by digest."
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
    ],
    parameters: [
      sourceParameter.manual, nameParameter.manual, namespaceParameter.manual,
      snapshotterParameter.manual, pinned.manual,
    ],
    results: [.init("images", "The names of the images.")],
    examples: [
      """
      - name: the pause image is there before the first pod
        containerd_image:
          src: /opt/images/pause.tar
      """
    ])

  init(_ arguments: Arguments) throws(Diagnostic) {
    source = try arguments[Self.sourceParameter]
    name = try arguments[Self.nameParameter]
    namespace = try arguments[Self.namespaceParameter]
    snapshotter = try arguments[Self.snapshotterParameter]
    isPinned = try arguments[Self.pinned]
  }

  func reads(given facts: FactView) -> [FactRequest] {
    [
      FactRequest(ImageArchiveFact.self, source.string),
      FactRequest(ContainerdImagesFact.self, namespace),
    ]
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let archive = try facts.fact(ImageArchiveFact.self, source.string) else {
      throw .refusing("image-archive", "there is no file \(source)", help: "copy it there before")
    }
    let wished = try wished(archive)
    guard let present = try facts.fact(ContainerdImagesFact.self, namespace) else { return [] }
    var foreseen = present
    var changes: [Change] = []
    let lacking = wished.filter { name, digest in
      guard let image = present.images[name] else { return true }
      return digest != nil && image.digest != digest
    }
    for (index, (name, digest)) in lacking.enumerated() {
      foreseen.images[name] = .init(digest: digest ?? "", labels: [])
      // One import brings them all.
      let steps = index == 0 ? [importing] : []
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

  private func wished(_ archive: ImageArchiveFact) throws(Obstacle) -> [(String, String?)] {
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

  private var importing: Step {
    Step(
      "ctr images import \(source)",
      """
      ctr --namespace \(namespace) images import --snapshotter \(snapshotter) \(source.string) >&2
      """, footprint: footprint, deadline: .seconds(1800))
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
    let names = after.known(ImageArchiveFact.self, source.string)?.images.keys.sorted() ?? []
    let all = name.map { [$0] } ?? names
    return ["images": .list(all.map { .string($0) })]
  }
}
