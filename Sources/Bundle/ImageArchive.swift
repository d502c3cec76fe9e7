import Schema

/// The images in an archive: an OCI image layout (image-spec 1.1, image-layout.md), what `docker save` writes (moby,
/// image/spec/v1.2.md), or both in one.
struct ImageArchive {
  private let index: TarIndex
  private let path: String

  /// Why an archive has no images that can be used; lower case, no full stop.
  struct Fault: Error {
    let message: String
    let help: String?

    init(_ message: String, help: String? = nil) {
      self.message = message
      self.help = help
    }
  }

  init(_ file: ReadableFile) throws(Fault) {
    path = file.path
    do throws(FileFailure) {
      let start = try file.bytes(0..<4)
      if start.starts(with: [0x1F, 0x8B]) || start == [0x28, 0xB5, 0x2F, 0xFD] {
        throw FileFailure(path, "it is compressed")
      }
      index = try TarIndex(file)
    } catch {
      throw Fault(
        "it is no archive of images: \(error.reason)",
        help: "`docker save` and `skopeo copy docker://NAME oci-archive:FILE` write plain ones")
    }
  }

  /// The images with full names.
  ///
  /// `name`: the full name of the only image, for archives that do not tell it.
  func images(named name: String?) throws(Fault) -> [ImageReference] {
    let layout = index["index.json"] == nil ? [] : try layoutImages(named: name)
    if !layout.isEmpty { return layout }
    let saved = index["manifest.json"] == nil ? [] : try savedImages(named: name)
    if !saved.isEmpty { return saved }
    if index["index.json"] == nil, index["manifest.json"] == nil {
      throw Fault("it has neither `index.json` nor `manifest.json`, so it holds no images")
    }
    throw Fault(
      "its images have no full names",
      help: "give the full name of the one in it: `reference: registry.example/name:tag`")
  }

  // MARK: OCI layouts

  /// Annotations by which tools name images, best first; a reference without a slash is a tag alone.
  private static let names = ["io.containerd.image.name", "org.opencontainers.image.ref.name"]

  private func layoutImages(named name: String?) throws(Fault) -> [ImageReference] {
    let entries = try json("index.json")["manifests"]?.list ?? []
    var images: [ImageReference] = []
    for entry in entries {
      let known = Self.names.lazy.compactMap { entry["annotations"]?[$0]?.string }
        .first { $0.contains("/") }
      guard let reference = known ?? (entries.count == 1 ? name : nil),
        let digest = entry["digest"]?.string
      else { continue }
      images.append(
        ImageReference(
          reference: reference, digest: known == nil ? nil : digest,
          platforms: try platforms(entry, depth: 0)))
    }
    return images
  }

  private func platforms(_ entry: Value, depth: Int) throws(Fault) -> [ImageReference.Platform] {
    guard depth < 4, let digest = entry["digest"]?.string, let manifest = try blob(digest) else {
      return []
    }
    if let inner = manifest["manifests"]?.list {
      var found: [ImageReference.Platform] = []
      for entry in inner { found += try platforms(entry, depth: depth + 1) }
      return found
    }
    var platform = entry["platform"] ?? .null
    if platform["architecture"] == nil, let config = manifest["config"]?["digest"]?.string {
      platform = try blob(config) ?? .null
    }
    // Attestations of BuildKit are manifests for no machine.
    guard platform["os"]?.string != "unknown" else { return [] }
    return [
      ImageReference.Platform(
        system: platform["os"]?.string ?? "", architecture: Self.architecture(platform),
        digest: digest,
        layers: (manifest["layers"]?.list ?? []).compactMap { $0["digest"]?.string })
    ]
  }

  private static func architecture(_ platform: Value) -> String {
    let variant = platform["variant"]?.string ?? ""
    let name = platform["architecture"]?.string ?? ""
    return variant.isEmpty || (name == "arm64" && variant == "v8") ? name : "\(name)/\(variant)"
  }

  /// A blob that is JSON; nil where the archive does not have it, as with platforms that were left out.
  private func blob(_ digest: String) throws(Fault) -> Value? {
    let name = "blobs/" + digest.replacing(":", with: "/")
    return index[name] == nil ? nil : try json(name)
  }

  // MARK: docker save

  private func savedImages(named name: String?) throws(Fault) -> [ImageReference] {
    var images: [ImageReference] = []
    let entries = try json("manifest.json").list ?? []
    for entry in entries {
      guard let config = entry["Config"]?.string else { continue }
      let platform = index[config] == nil ? .null : try json(config)
      let hex = config.split(separator: "/").last?.split(separator: ".").first ?? ""
      let shown = ImageReference.Platform(
        system: platform["os"]?.string ?? "", architecture: Self.architecture(platform),
        digest: "sha256:\(hex)", layers: (entry["Layers"]?.list ?? []).compactMap(\.string))
      var tags = (entry["RepoTags"]?.list ?? []).compactMap(\.string)
      if tags.isEmpty, entries.count == 1, let name { tags = [name] }
      images += tags.map {
        ImageReference(reference: ImageName.full($0), digest: nil, platforms: [shown])
      }
    }
    return images
  }

  private func json(_ name: String) throws(Fault) -> Value {
    guard let member = index[name], !member.isCut, member.content.count <= 16 << 20 else {
      throw Fault("`\(name)` in it is cut off, or too large")
    }
    let bytes: [UInt8]
    do throws(FileFailure) {
      bytes = try member.content.bytes()
    } catch {
      throw Fault("`\(name)` in it cannot be read: \(error.reason)")
    }
    if let value = try? JSON.parse(bytes) { return value }
    throw Fault("`\(name)` in it is no JSON")
  }
}

/// Names of images.
package enum ImageName {
  /// The full name of a short one, as Docker and containerd complete it: `nginx` is `docker.io/library/nginx:latest`.
  package static func full(_ name: String) -> String {
    var full = name
    let first = name.prefix { $0 != "/" }
    if !name.contains("/") {
      full = "docker.io/library/" + name
    } else if first != "localhost", !first.contains("."), !first.contains(":") {
      full = "docker.io/" + name
    }
    let last = full.split(separator: "/").last ?? ""
    return last.contains(":") || full.contains("@") ? full : full + ":latest"
  }
}
