import Diagnostics
import Schema

/// What no cluster takes, or takes and does not heed: refused before anything is asked.
enum ObjectRules {
  /// The first thing wrong with an object; nil where nothing is.
  ///
  /// `minor`: the cluster's minor version 1.x; nil where it is not known.
  static func objection(to object: KubernetesObject, minor: Int?) -> (
    id: String, message: String, help: String
  )? {
    let identity = object.identity
    if let removed = RemovedAPI.of(identity.apiVersion, identity.kind, minor: minor) {
      let instead = removed.replacement.map { "write `apiVersion: \($0)`" }
      return (
        "object-removed-api",
        "`\(identity)` has the API version `\(identity.apiVersion)`, which is not served since 1.\(removed.removed)",
        [instead, removed.advice].compactMap { $0 }.joined(separator: "; ")
      )
    }
    if identity.kind == "Service", identity.group.isEmpty,
      object.content["spec"]?["topologyKeys"] != nil
    {
      return (
        "object-field", "`\(identity)` has `topologyKeys`, which is gone since 1.22",
        "write `trafficDistribution: PreferClose`"
      )
    }
    if identity.kind == "HorizontalPodAutoscaler", identity.apiVersion == "autoscaling/v2",
      object.content["spec"]?["targetCPUUtilizationPercentage"] != nil
    {
      return (
        "object-field",
        "`\(identity)` has `targetCPUUtilizationPercentage`, a field of autoscaling/v1",
        "write it under `metrics`: {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: N}}}"
      )
    }
    if let image = image(of: "k8s.gcr.io/", in: object.content) {
      return (
        "object-image", "`\(identity)` takes an image from `k8s.gcr.io`, which is frozen: \(image)",
        "write registry.k8s.io, or the registry that the images are mirrored to"
      )
    }
    return nil
  }

  /// The first `image` below a value that comes from a registry.
  private static func image(of registry: String, in value: Value) -> String? {
    switch value {
    case .dict(let map):
      for (key, value) in map {
        if key.string == "image", let image = value.string, image.hasPrefix(registry) {
          return image
        }
        if let image = image(of: registry, in: value) { return image }
      }
      return nil
    case .list(let elements):
      return elements.lazy.compactMap { image(of: registry, in: $0) }.first
    default: return nil
    }
  }
}
