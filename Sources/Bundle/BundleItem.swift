/// One file of a bundle, as its manifest tells about it.
package struct BundleItem: Sendable, Hashable {
  /// What a file is for.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    case binary, image, manifest, chart, package, driver, file
  }

  /// What it is for.
  package var kind: Kind
  /// What tasks and lists call it.
  package var name: String
  /// As it was written; empty where there is none.
  package var version: String
  /// As Go and OCI name them (`amd64`, `arm64`), sorted; empty for every architecture.
  package var architectures: [String]
  /// `debian`, `debian12`, sorted; empty for every system.
  package var systems: [String]
  /// The name of the file that it was made of, without folders.
  package var file: String
  /// In bytes.
  package var size: Int
  /// Lower-case hexadecimal SHA-256 of the file: the name of its blob.
  package var sha256: String
  /// As IANA registers it, else `application/octet-stream`.
  package var mediaType: String
  /// SPDX or plain words, as it was written: for people.
  package var licence: String
  /// Where it came from: for people, nothing is fetched.
  package var source: String
  /// What it is there for, as it was written: for people.
  package var requiredBy: [String]
  /// The images of an archive; empty for other kinds.
  package var images: [ImageReference]
  /// Lower-case hexadecimal SHA-256 of each piece of `Chunks.size` bytes, the last one shorter; empty for an empty file.
  package var chunks: [String]
  /// Whether the blob is not here, but in the base.
  package var isInBase: Bool

  /// What it is in a few words: `binary kubelet 1.32.1 (amd64)`.
  package var title: String {
    var words = [kind.rawValue, name]
    if !version.isEmpty { words.append(version) }
    let places = architectures + systems
    if !places.isEmpty { words.append("(\(places.joined(separator: ", ")))") }
    return words.joined(separator: " ")
  }

  /// Whether it may be installed where this is the architecture and one of these names is that of the system; nil stands
  /// for not known, and fits.
  package func fits(architecture: String?, systems names: [String]?) -> Bool {
    let isArchitecture = architecture.map(architectures.contains) ?? true
    let isSystem = names.map { names in systems.contains { names.contains($0) } } ?? true
    return (architectures.isEmpty || isArchitecture) && (systems.isEmpty || isSystem)
  }
}

/// An image in an archive.
package struct ImageReference: Sendable, Hashable {
  /// The full name: `registry.k8s.io/pause:3.10`.
  package var reference: String
  /// Of the manifest or index that the name stands for, `sha256:...`; nil where the archive has none.
  package var digest: String?
  /// The machines that the archive has it for.
  package var platforms: [Platform]

  /// An image for one kind of machine.
  package struct Platform: Sendable, Hashable {
    /// `linux`; empty where the archive does not tell.
    package var system: String
    /// As OCI names them (`amd64`, `arm64`), with a variant as in `arm/v7`.
    package var architecture: String
    /// Of the image's manifest, or of its configuration where the archive has no manifest.
    package var digest: String
    /// Digests or names of its layers, as the archive has them.
    package var layers: [String]

    package init(system: String, architecture: String, digest: String, layers: [String]) {
      self.system = system
      self.architecture = architecture
      self.digest = digest
      self.layers = layers
    }
  }

  package init(reference: String, digest: String?, platforms: [Platform]) {
    self.reference = reference
    self.digest = digest
    self.platforms = platforms
  }
}

/// Names of architectures.
package enum Architecture {
  /// The name that Go and OCI use for what uname(1) or Ansible's facts say; another name stays as it is.
  package static func name(ofMachine machine: String) -> String {
    switch machine {
    case "x86_64": "amd64"
    case "aarch64": "arm64"
    case "i386", "i686": "386"
    case "armv7l", "armv6l": "arm"
    case "loongarch64": "loong64"
    default: machine
    }
  }
}

/// Names of systems.
package enum SystemName {
  /// By what an item can name a host's system, from `ID` and `VERSION_ID` of os-release(5): `rhel`, `rhel9`, `rhel9.4`.
  package static func all(id: String, version: String) -> [String] {
    let id = id.lowercased()
    var names = [id]
    if let major = version.split(separator: ".").first { names.append(id + major) }
    if !version.isEmpty { names.append(id + version) }
    return names
  }
}
