/// Something that a site needs and that nothing fetches there.
package enum Supply: Sendable, Hashable {
  /// A file of the bundle; nil stands for any kind but `image`, for any version, and for the architecture of the host.
  case file(name: String, kind: String?, version: String?, architecture: String?)
  /// An image, by whatever name it is called.
  case image(String)
  /// A package of the system's package manager.
  case package(String)

  /// `file kubelet 1.32.1`, `image registry.k8s.io/pause:3.10`.
  package var title: String {
    switch self {
    case .file(let name, let kind, let version, let architecture):
      [kind ?? "file", name, version, architecture].compactMap(\.self).joined(separator: " ")
    case .image(let name): "image \(name)"
    case .package(let name): "package \(name)"
    }
  }
}

/// A module that may need something of this kind.
package protocol TakesSupplies: Sendable {
  /// What it needs as it is; nothing where it only removes.
  var supplies: [Supply] { get }
}
