/// What a bundle on the controller has for hosts: its manifest is signed by a key that is trusted.
package struct BundleOffer: Sendable, Hashable {
  /// One file of the bundle.
  package struct Item: Sendable, Hashable {
    /// `binary`, `image`, `manifest`, `chart`, `package`, `driver` or `file`.
    package var kind: String
    package var name: String
    /// Empty where it has none.
    package var version: String
    /// The name of the file that it was made of, without folders.
    package var file: String
    /// As Go and OCI name them (`amd64`, `arm64`); empty for every architecture.
    package var architectures: [String]
    /// `debian`, `debian12`; empty for every system.
    package var systems: [String]
    /// Images of an archive: digests by full name, nil where only the import tells.
    package var images: [String: String?]
    /// Read when it travels.
    package var blob: Blob

    package init(
      kind: String, name: String, version: String, file: String, architectures: [String],
      systems: [String],
      images: [String: String?], blob: Blob
    ) {
      self.kind = kind
      self.name = name
      self.version = version
      self.file = file
      self.architectures = architectures
      self.systems = systems
      self.images = images
      self.blob = blob
    }
  }

  /// Where blobs that were sent before wait on a host, by their SHA-256.
  package static let stagingFolder = "/var/lib/spile/blobs/sha256"

  /// SHA-256 of the manifest's content, hexadecimal.
  package var id: String
  /// Where it lies on the controller, as it was written.
  package var path: String
  package var items: [Item]

  package init(id: String, path: String, items: [Item]) {
    self.id = id
    self.path = path
    self.items = items
  }
}
