/// Answers whether bundles have what a site needs.
package struct BundleCoverage: Sendable {
  /// A host, as far as the inventory tells about it.
  package struct Machine: Sendable, Hashable {
    /// The inventory's name of the host; empty for no host in particular.
    package var name: String
    /// As Go names it; nil where nobody says it.
    package var architecture: String?
    /// `debian`, `debian12`; nil where nobody says it.
    package var systems: [String]?

    package init(name: String, architecture: String?, systems: [String]?) {
      self.name = name
      self.architecture = architecture
      self.systems = systems
    }
  }

  /// What is found of one need.
  package enum Answer: Sendable, Hashable {
    case present
    /// With what is there instead, where something is near; empty otherwise.
    case missing(hint: String)
    /// It depends on what the inventory does not say.
    case unclear(String)
  }

  private let items: [BundleItem]

  package init(_ bundles: [BundleManifest]) { items = bundles.flatMap(\.items) }

  /// Whether one machine finds there what it needs.
  package func answer(to supply: Supply, on machine: Machine) -> Answer {
    switch supply {
    case .file(let name, let kind, let version, let architecture):
      let named = items.filter { item in
        item.name == name && (kind.map { $0 == item.kind.rawValue } ?? (item.kind != .image))
      }
      let found = named.filter { version == nil || $0.version == version }
      let hint = named.isEmpty ? "" : "there is \(Self.list(named.map(\.title)))"
      guard !found.isEmpty else { return .missing(hint: hint) }
      return fitting(found, architecture ?? machine.architecture, machine)
    case .package(let name):
      let found = items.filter { $0.kind == .package && $0.name == name }
      return found.isEmpty ? .missing(hint: "") : fitting(found, machine.architecture, machine)
    case .image(let name): return image(name, machine)
    }
  }

  private func fitting(
    _ found: [BundleItem], _ architecture: String?, _ machine: Machine
  ) -> Answer {
    guard
      found.contains(where: { $0.fits(architecture: architecture, systems: machine.systems) })
    else { return .missing(hint: "there is \(Self.list(found.map(\.title)))") }
    if architecture == nil, !found.contains(where: \.architectures.isEmpty) {
      return .unclear("nobody says the architecture of the host: set `ansible_architecture`")
    }
    if machine.systems == nil, !found.contains(where: \.systems.isEmpty) {
      return .unclear(
        "nobody says the system of the host: set `ansible_distribution` and `ansible_distribution_version`"
      )
    }
    return .present
  }

  // MARK: Images

  private func image(_ name: String, _ machine: Machine) -> Answer {
    let images = items.flatMap(\.images)
    let full = ImageName.full(name)
    let found = images.filter { image in
      if let digest = full.split(separator: "@").dropFirst().first {
        return image.digest.map { $0 == digest } ?? false
      }
      return image.reference == full
    }
    guard !found.isEmpty else { return .missing(hint: Self.near(full, images)) }
    let platforms = found.flatMap(\.platforms).map(\.architecture).filter { !$0.isEmpty }
    guard !platforms.isEmpty else { return .present }
    guard let architecture = machine.architecture else {
      return Set(platforms).count > 1
        ? .present
        : .unclear(
          "it is for \(platforms[0]), and nobody says the architecture of the host: set `ansible_architecture`"
        )
    }
    if platforms.contains(where: { $0 == architecture || $0.hasPrefix(architecture + "/") }) {
      return .present
    }
    return .missing(hint: "it is there for \(Self.list(platforms))")
  }

  /// Images whose name ends alike: of another registry, or another version.
  private static func near(_ full: String, _ images: [ImageReference]) -> String {
    func last(_ name: String) -> Substring {
      (name.split(separator: "/").last ?? "").prefix { $0 != ":" && $0 != "@" }
    }
    let near = images.map(\.reference).filter { last($0) == last(full) }
    return near.isEmpty ? "" : "there is \(list(near))"
  }

  private static func list(_ texts: [String]) -> String {
    let unique = Set(texts).sorted()
    let more = unique.count > 4 ? " and \(unique.count - 4) more" : ""
    return unique.prefix(4).joined(separator: ", ") + more
  }
}
