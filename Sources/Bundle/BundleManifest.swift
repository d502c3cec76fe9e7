import Crypto
import PKI
import Schema

/// What a bundle says of itself: the file `bundle.json`.
package struct BundleManifest: Sendable, Hashable {
  /// The version of the format that this program writes and reads.
  package static let schema = 1

  /// For people; empty where none was given.
  package var name: String
  /// The time that whoever made it told.
  package var created: Moment
  /// The program that made it, with its version.
  package var tool: String
  /// The id of the bundle that has the blobs of items which are `isInBase`; nil for a whole bundle.
  package var base: String?
  /// Sorted by kind, name, version, architecture and system.
  package var items: [BundleItem]

  package init(name: String, created: Moment, tool: String, base: String?, items: [BundleItem]) {
    self.name = name
    self.created = created
    self.tool = tool
    self.base = base
    self.items = items
  }

  /// Lower-case hexadecimal SHA-256 of the content in its canonical form: compact JSON, keys sorted, without the id itself.
  package var id: String {
    let style = JSONStyle(sortsKeys: true)
    return hexadecimal(SHA256.hash(data: Array(JSON.text(content, style: style).utf8)))
  }

  /// The bytes of `bundle.json`.
  package var bytes: [UInt8] {
    var map = content.dict ?? [:]
    var document: ValueMap = ["schema": .int(Self.schema), "id": .string(id)]
    map["schema"] = nil
    for (key, value) in map.pairs { document[key] = value }
    return Array((JSON.text(.dict(document), style: .indented) + "\n").utf8)
  }

  /// Every blob once, by digest, those of the base too.
  package var blobs: [String: BundleItem] {
    Dictionary(items.map { ($0.sha256, $0) }) { first, other in first.isInBase ? other : first }
  }

  /// How many bytes the blobs have that are in this bundle itself.
  package var ownSize: Int { blobs.values.reduce(0) { $0 + ($1.isInBase ? 0 : $1.size) } }

  private var content: Value {
    var map: ValueMap = [
      "schema": .int(Self.schema), "name": .string(name), "created": .string(created.iso8601),
      "tool": .string(tool),
    ]
    if let base { map["base"] = .string(base) }
    map["items"] = .list(items.map(\.json))
    return .dict(map)
  }
}

/// Lower-case hexadecimal digits of bytes.
package func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(
    decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

extension BundleItem {
  /// As `bundle.json` has it.
  package var json: Value {
    var map: ValueMap = [
      "kind": .string(kind.rawValue), "name": .string(name), "version": .string(version),
      "arch": .strings(architectures), "os": .strings(systems), "file": .string(file),
      "size": .int(size), "sha256": .string(sha256), "mediaType": .string(mediaType),
      "licence": .string(licence), "source": .string(source), "requiredBy": .strings(requiredBy),
    ]
    if !images.isEmpty { map["images"] = .list(images.map(\.json)) }
    map["chunks"] = .strings(chunks)
    if isInBase { map["inBase"] = .bool(true) }
    return .dict(map)
  }
}

extension ImageReference {
  fileprivate var json: Value {
    var map: ValueMap = ["reference": .string(reference)]
    if let digest { map["digest"] = .string(digest) }
    map["platforms"] = .list(
      platforms.map {
        .dict([
          "os": .string($0.system), "arch": .string($0.architecture), "digest": .string($0.digest),
          "layers": .strings($0.layers),
        ])
      })
    return .dict(map)
  }
}

extension Value {
  fileprivate static func strings(_ texts: [String]) -> Value { .list(texts.map(Value.string)) }
}
