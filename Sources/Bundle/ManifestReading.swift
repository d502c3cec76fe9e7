import Diagnostics
import PKI
import Schema

extension BundleManifest {
  /// Reads `bundle.json`; throws everything that is wrong with it.
  ///
  /// `path`: what messages call the file. What the manifest says is only to be believed when its signature is right.
  package init(_ bytes: [UInt8], path: String) throws(DiagnosticError) {
    let document: Value
    do throws(JSONError) {
      document = try JSON.parse(bytes)
    } catch {
      throw DiagnosticError([
        Diagnostic(
          .error, "bundle-manifest",
          "`\(path)` is no JSON: line \(error.line), column \(error.column): \(error.message)",
          help: "it was changed or cut off: copy the bundle again")
      ])
    }
    var reading = ManifestReading(path: path)
    let manifest = reading.manifest(document)
    guard reading.faults.isEmpty, let manifest else { throw DiagnosticError(reading.faults) }
    self = manifest
  }
}

/// Takes a manifest apart, and notes what is wrong.
private struct ManifestReading {
  let path: String
  private(set) var faults: [Diagnostic] = []

  init(path: String) { self.path = path }

  private mutating func fault(_ id: String, _ message: String, _ help: String? = nil) {
    faults.append(Diagnostic(.error, id, "`\(path)`: \(message)", help: help))
  }

  mutating func manifest(_ document: Value) -> BundleManifest? {
    guard case .int(let schema)? = document["schema"] else {
      fault("bundle-manifest", "`schema` is missing", "it is no manifest of a bundle")
      return nil
    }
    guard schema == BundleManifest.schema else {
      fault(
        "bundle-schema", "schema \(schema) is not known, only \(BundleManifest.schema)",
        "read it with the program that made it: \(document["tool"]?.string ?? "a newer one")")
      return nil
    }
    var items: [BundleItem] = []
    for (index, value) in (document["items"]?.list ?? []).enumerated() {
      if let item = item(value, "items[\(index)]") { items.append(item) }
    }
    if document["items"]?.list == nil { fault("bundle-manifest", "`items` is missing") }
    let created = text(document, "created", "").flatMap(Moment.init(iso8601:))
    if created == nil {
      fault("bundle-manifest", "`created` is no time such as 2026-11-21T08:00:00Z")
    }
    guard let created, let id = text(document, "id", ""), let name = text(document, "name", ""),
      let tool = text(document, "tool", ""), faults.isEmpty
    else { return nil }
    let manifest = BundleManifest(
      name: name, created: created, tool: tool, base: document["base"]?.string, items: items)
    if manifest.id != id {
      fault(
        "bundle-id", "the id is \(id), the content has \(manifest.id)",
        "the manifest was changed: copy the bundle again")
    }
    return manifest
  }

  private mutating func item(_ value: Value, _ place: String) -> BundleItem? {
    let kindText = text(value, "kind", place)
    let kind = kindText.flatMap(BundleItem.Kind.init)
    if let kindText, kind == nil {
      fault("bundle-manifest", "\(place).kind: `\(kindText)` is not known")
    }
    let digest = text(value, "sha256", place)
    if let digest, !Digest.isSHA256(digest) {
      fault("bundle-manifest", "\(place).sha256 is no digest: `\(digest)`")
    }
    guard case .int(let size)? = value["size"], size >= 0 else {
      fault("bundle-manifest", "\(place).size is no number of bytes")
      return nil
    }
    let chunks = texts(value, "chunks", place)
    if !chunks.allSatisfy(Digest.isSHA256) || chunks.count != Chunks.count(of: size) {
      fault(
        "bundle-manifest",
        "\(place).chunks must be \(Chunks.count(of: size)) digests for \(size) bytes")
    }
    let images = (value["images"]?.list ?? []).compactMap { image($0, place + ".images") }
    guard let kind, let digest, let name = text(value, "name", place),
      let version = text(value, "version", place), let file = text(value, "file", place),
      let mediaType = text(value, "mediaType", place)
    else { return nil }
    return BundleItem(
      kind: kind, name: name, version: version, architectures: texts(value, "arch", place),
      systems: texts(value, "os", place), file: file, size: size, sha256: digest,
      mediaType: mediaType, licence: text(value, "licence", place) ?? "",
      source: text(value, "source", place) ?? "", requiredBy: texts(value, "requiredBy", place),
      images: images, chunks: chunks, isInBase: value["inBase"] == .bool(true))
  }

  private mutating func image(_ value: Value, _ place: String) -> ImageReference? {
    guard let reference = text(value, "reference", place) else { return nil }
    let platforms = (value["platforms"]?.list ?? []).map { platform in
      ImageReference.Platform(
        system: text(platform, "os", place) ?? "",
        architecture: text(platform, "arch", place) ?? "",
        digest: text(platform, "digest", place) ?? "", layers: texts(platform, "layers", place))
    }
    return ImageReference(
      reference: reference, digest: value["digest"]?.string, platforms: platforms)
  }

  private mutating func text(_ value: Value, _ key: String, _ place: String) -> String? {
    if let text = value[key]?.string { return text }
    let prefix = place.isEmpty ? "" : place + "."
    fault("bundle-manifest", "\(prefix)\(key) is missing, or no text")
    return nil
  }

  private mutating func texts(_ value: Value, _ key: String, _ place: String) -> [String] {
    let list = value[key]?.list ?? []
    let texts = list.compactMap(\.string)
    if value[key]?.list == nil || texts.count != list.count {
      fault("bundle-manifest", "\(place).\(key) is missing, or no list of texts")
    }
    return texts
  }
}

/// Digests as texts.
enum Digest {
  /// Whether it is 64 lower-case hexadecimal digits, and so a safe name of a file.
  static func isSHA256(_ text: String) -> Bool {
    text.utf8.count == 64
      && text.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
  }
}
