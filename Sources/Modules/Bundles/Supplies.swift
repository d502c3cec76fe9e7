import Bundle
import Schema

/// What modules need that a site has to be given.
extension BundleFileModule: TakesSupplies {
  var supplies: [Supply] {
    [.file(name: name, kind: kind, version: choice.version, architecture: choice.architecture)]
  }
}

extension ContainerdImageModule: TakesSupplies {
  /// Of an archive on the host nobody knows what is in it, unless the task names it.
  var supplies: [Supply] { name.map { [.image($0)] } ?? [] }
}

extension ContainerdModule: TakesSupplies {
  var supplies: [Supply] { sandboxImage.map { [.image($0)] } ?? [] }
}

extension KubernetesObjectModule: TakesSupplies {
  var supplies: [Supply] {
    isWished
      ? objects.flatMap { ManifestImages.names(in: $0.content) }.map(Supply.image) : []
  }
}

extension PackageModule: TakesSupplies {
  package var supplies: [Supply] {
    switch wish {
    case .absent, .removed: []
    case .present, .installed, .latest: wanted.map { .package($0.name) }
    }
  }
}

extension AptModule: TakesSupplies {
  var supplies: [Supply] { packages?.supplies ?? [] }
}

extension DnfModule: TakesSupplies {
  var supplies: [Supply] { packages?.supplies ?? [] }
}

extension CopyModule: TakesSupplies {
  /// Images of objects of the Kubernetes API that are written to a file: static pods, and what is applied by hand.
  var supplies: [Supply] {
    switch source {
    case .content(let blob), .file(let blob, _, _): blob.manifestImages
    case .tree(let entries, _): entries.compactMap(\.blob).flatMap(\.manifestImages)
    case .host: []
    }
  }
}

extension TemplateModule: TakesSupplies {
  var supplies: [Supply] { copy.supplies }
}

extension Marked: TakesSupplies where Base: TakesSupplies {
  var supplies: [Supply] { base.supplies }
}

extension Blob {
  /// Larger texts are no manifests.
  fileprivate var manifestImages: [Supply] {
    guard count <= 1 << 20, !bytes.contains(0) else { return [] }
    return ManifestImages.names(inText: bytes).map(Supply.image)
  }
}
