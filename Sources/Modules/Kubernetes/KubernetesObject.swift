import Diagnostics
import Schema

/// An object of the Kubernetes API as somebody has declared it.
struct KubernetesObject: Sendable {
  /// Which object of the API it is.
  struct Identity: Sendable, Hashable, CustomStringConvertible {
    var apiVersion: String
    var kind: String
    /// Empty for objects without one.
    var namespace: String
    var name: String

    /// `Deployment/web/front`; without a namespace `ClusterRole/reader`.
    var description: String {
      namespace.isEmpty ? "\(kind)/\(name)" : "\(kind)/\(namespace)/\(name)"
    }

    /// The group of the API version; empty for the core group.
    var group: String {
      apiVersion.halves(at: "/").map { String($0.before) } ?? ""
    }

    /// What the API calls the object, no more: enough to read or delete it.
    var reference: Value {
      var metadata: ValueMap = ["name": .string(name)]
      if !namespace.isEmpty { metadata["namespace"] = .string(namespace) }
      let reference: ValueMap = [
        "apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": .dict(metadata),
      ]
      return .dict(reference)
    }
  }

  let identity: Identity
  /// What is sent: without what the server alone sets.
  let content: Value
  /// Whether all of it is concealed.
  let isSecret: Bool
  /// Where secret texts stand in it, as `ObjectDifference` writes paths.
  let secretPaths: Set<String>

  /// Several objects as one that kubectl takes.
  static func list(_ items: [Value]) -> Value {
    let list: ValueMap = [
      "apiVersion": .string("v1"), "kind": .string("List"), "items": .list(items),
    ]
    return .dict(list)
  }

  /// Fields of `metadata` that the server sets: they stand in what `kubectl get` prints, and are not declared.
  static let serverSet = [
    "managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink",
  ]

  /// Reads a declared object; what is wrong with it is said of the argument that holds it.
  ///
  /// `namespace`: the one of objects that name none; `isConcealed`: whether it comes out of a text that is secret as a
  /// whole.
  init(
    _ value: Value, namespace: String, isConcealed: Bool, _ argument: Argument
  ) throws(Diagnostic) {
    guard var content = value.dict else {
      throw argument.wrong(
        "object-shape", "must hold objects of the API, not a \(value.typeName)",
        help: "an object is a dictionary with `apiVersion`, `kind` and `metadata`")
    }
    func text(_ key: String) throws(Diagnostic) -> String {
      guard let text = content[key]?.string, !text.isEmpty else {
        throw argument.wrong("object-shape", "holds an object without `\(key)`")
      }
      return text
    }
    let (apiVersion, kind) = (try text("apiVersion"), try text("kind"))
    guard var metadata = content["metadata"]?.dict, let name = metadata["name"]?.string,
      !name.isEmpty
    else {
      throw argument.wrong(
        "object-shape", "holds a \(kind) without `metadata.name`",
        help: content["metadata"]?["generateName"] == nil
          ? nil : "a name that the server makes up can not be compared: write `name`")
    }
    let group = apiVersion.halves(at: "/").map { String($0.before) } ?? ""
    let isClusterWide = KubernetesKinds.isClusterWide(kind, group: group)
    let own = metadata["namespace"]?.string ?? ""
    if isClusterWide {
      metadata["namespace"] = nil
    } else {
      metadata["namespace"] = .string(own.isEmpty ? namespace : own)
    }
    for field in Self.serverSet { metadata[field] = nil }
    content["metadata"] = .dict(metadata)
    content["status"] = nil
    identity = Identity(
      apiVersion: apiVersion, kind: kind, namespace: metadata["namespace"]?.string ?? "", name: name
    )
    for part in [identity.namespace, name] where part.contains("|") || part.contains("/") {
      throw argument.wrong("object-shape", "holds a \(kind) whose name has `|` or `/` in it")
    }
    let isKindOfSecrets = kind == "Secret" && apiVersion == "v1"
    if isKindOfSecrets { try Self.encode(&content, argument) }
    isSecret = isKindOfSecrets || isConcealed
    secretPaths = isSecret ? [] : Set(Self.secretPaths(of: .dict(content), at: ""))
    self.content = .dict(content)
  }

  /// Writes `stringData` of a Secret into `data`, where the server keeps it: what is owned is what is stored.
  private static func encode(
    _ content: inout ValueMap, _ argument: Argument
  ) throws(Diagnostic) {
    var data = content["data"]?.dict ?? [:]
    for (key, value) in data {
      guard let text = value.string, base64Decoded(text.utf8) != nil else {
        throw argument.wrong(
          "object-shape", "holds a Secret whose `data.\(key.string ?? "")` is not in base64",
          help: "plain text goes into `stringData`")
      }
    }
    for (key, value) in content["stringData"]?.dict ?? [:] {
      guard let text = value.string else {
        throw argument.wrong(
          "object-shape", "holds a Secret whose `stringData.\(key.string ?? "")` is no text",
          help: "put it in quotes")
      }
      data[key] = .string(base64Encoded(text.utf8))
    }
    content["stringData"] = nil
    if !data.isEmpty { content["data"] = .dict(data) }
  }

  private static func secretPaths(of value: Value, at path: String) -> [String] {
    switch value {
    case .dict(let map):
      map.pairs.flatMap { key, value in
        secretPaths(of: value, at: ObjectDifference.path(path, key.string ?? ""))
      }
    case .list(let elements):
      elements.enumerated().flatMap { index, element in
        secretPaths(of: element, at: ObjectDifference.path(path, element, index))
      }
    default: value.deepMarks.contains(.secret) ? [path] : []
    }
  }

  /// Whether what differs at a path may not be shown.
  func conceals(_ path: String) -> Bool {
    if isSecret {
      return !["metadata.labels", "metadata.finalizers", "type", "immutable"].contains {
        path.hasPrefix($0)
      }
    }
    return secretPaths.contains { path == $0 || path.hasPrefix($0) || $0.hasPrefix(path) }
  }

  /// A text of the server without what is secret here.
  func masked(_ text: String) -> String {
    guard isSecret else { return text }
    var text = text
    for (_, value) in content["data"]?.dict ?? [:] {
      guard let encoded = value.string, encoded.utf8.count > 3 else { continue }
      text = text.replacing(encoded, with: "[secret]")
      if let bytes = base64Decoded(encoded.utf8), bytes.count > 2 {
        text = text.replacing(String(decoding: bytes, as: UTF8.self), with: "[secret]")
      }
    }
    return text
  }
}
