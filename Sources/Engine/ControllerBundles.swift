import Bundle
import Diagnostics
import Schema
import Synchronization

/// Bundles that tasks take files from: each is opened, and its signature compared, once in a run.
final class ControllerBundles: Sendable {
  private struct Key: Hashable {
    var paths: [String]
    var keyPaths: [String]
  }

  /// Files with public keys, where no variable names any.
  private let keyPaths: [String]
  private let offers = Mutex<[Key: Result<BundleOffer, Diagnostic>]>([:])

  init(keyPaths: [String]) { self.keyPaths = keyPaths }

  /// What some bundles have; those that others are based on only lend their blobs.
  /// - Throws: why they are not to be used, all reasons in one.
  func offer(_ paths: [String], keyPaths: [String]?) throws(Diagnostic) -> BundleOffer {
    let key = Key(paths: paths, keyPaths: keyPaths ?? self.keyPaths)
    return try offers.withLock { offers in
      if let known = offers[key] { return known }
      let made = Result { () throws(Diagnostic) in try Self.opened(key) }
      offers[key] = made
      return made
    }.get()
  }

  private static func opened(_ key: Key) throws(Diagnostic) -> BundleOffer {
    var keys: [TrustedKey] = []
    for path in key.keyPaths { keys += try TrustedKey.keys(at: path) }
    guard !keys.isEmpty else {
      throw Diagnostic(
        .error, "bundle-trust", "nobody says whose bundles are to be believed",
        help:
          "set `spile_bundle_key` to the maker's public key, or SPILE_BUNDLE_KEY in the environment"
      )
    }
    let bundles: [TrustedBundle]
    do throws(DiagnosticError) {
      bundles = try TrustedBundle.open(key.paths, trusting: keys)
    } catch {
      var first = error.diagnostics[0]
      first.notes += error.diagnostics.dropFirst().map(\.message)
      throw first
    }
    let lenders = Set(bundles.compactMap(\.manifest.base))
    let offering = bundles.filter { !lenders.contains($0.manifest.id) }
    return BundleOffer(
      id: offering.map(\.manifest.id).joined(separator: ","),
      path: key.paths.joined(separator: ", "),
      items: offering.flatMap { bundle in bundle.manifest.items.map { offered($0, bundle) } })
  }

  private static func offered(_ item: BundleItem, _ bundle: TrustedBundle) -> BundleOffer.Item {
    BundleOffer.Item(
      kind: item.kind.rawValue, name: item.name, version: item.version,
      file: item.file, architectures: item.architectures, systems: item.systems,
      images: Dictionary(
        item.images.map { ($0.reference, $0.digest) }, uniquingKeysWith: { first, _ in first }),
      blob: Blob(count: item.size, sha256: item.sha256) { range throws(BlobFailure) in
        if let fault = bundle.fault(of: item) { throw BlobFailure(fault.message) }
        do throws(FileFailure) {
          return try bundle.blob(item.sha256)?.bytes(range) ?? []
        } catch {
          throw BlobFailure(error.reason)
        }
      })
  }
}
