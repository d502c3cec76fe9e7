import Diagnostics
import Synchronization

/// A bundle whose manifest is signed by a trusted key, with the bases that its blobs may lie in.
package final class TrustedBundle: Sendable {
  /// The bundle itself.
  package let contents: BundleContents
  /// Nearest first.
  package let bases: [BundleContents]
  /// Whether all bases are there.
  private let isWhole: Bool
  /// Digests of blobs that were read whole, with what was found; each is read once.
  private let checked = Mutex<[String: Diagnostic?]>([:])

  /// What it says of itself, believed.
  package var manifest: BundleManifest { contents.manifest }

  /// Believes a bundle.
  ///
  /// - Parameters:
  ///   - contents: the bundle.
  ///   - candidates: bundles among which its base is.
  ///   - keys: those that may have signed.
  /// - Throws: all reasons against it, and against the bases that it needs.
  package init(
    _ contents: BundleContents, bases candidates: [BundleContents], trusting keys: [TrustedKey]
  ) throws(DiagnosticError) {
    let (bases, missing) = Self.chain(of: contents, among: candidates)
    var faults = ([contents] + bases).compactMap { $0.objection(trusting: keys) }
    if let missing {
      faults.append(Self.baseMissing(bases.last ?? contents, missing, candidates))
    }
    guard faults.isEmpty else { throw DiagnosticError(faults) }
    self.contents = contents
    self.bases = bases
    isWhole = true
  }

  /// The bundles that a bundle is based on, nearest first, and the id of the one that is not among the candidates.
  private static func chain(
    of contents: BundleContents, among candidates: [BundleContents]
  ) -> (bases: [BundleContents], missing: String?) {
    var bases: [BundleContents] = []
    var next = contents.manifest.base
    while let wanted = next, bases.count <= candidates.count {
      guard let base = candidates.first(where: { $0.manifest.id == wanted }) else {
        return (bases, wanted)
      }
      bases.append(base)
      next = base.manifest.base
    }
    return (bases, nil)
  }

  /// Opens bundles and compares their signatures; blobs are not read.
  ///
  /// The base of each is looked for among the others and among `basePaths`.
  /// - Throws: all that is wrong with any of them.
  package static func open(
    _ paths: [String], bases basePaths: [String] = [], trusting keys: [TrustedKey]
  ) throws(DiagnosticError) -> [TrustedBundle] {
    var faults: [Diagnostic] = []
    var opened: [BundleContents] = []
    for path in paths + basePaths {
      do throws(DiagnosticError) {
        opened.append(try BundleContents(path))
      } catch {
        faults += error.diagnostics
      }
    }
    guard faults.isEmpty else { throw DiagnosticError(faults) }
    var bundles: [TrustedBundle] = []
    for contents in opened.prefix(paths.count) {
      do throws(DiagnosticError) {
        bundles.append(try TrustedBundle(contents, bases: opened, trusting: keys))
      } catch {
        faults += error.diagnostics
      }
    }
    guard faults.isEmpty else { throw DiagnosticError(faults) }
    return bundles
  }

  /// A bundle without a look at its signature: only to tell what else is wrong with one that is refused.
  init(believing contents: BundleContents, bases candidates: [BundleContents]) {
    let (bases, missing) = Self.chain(of: contents, among: candidates)
    self.contents = contents
    self.bases = bases
    isWhole = missing == nil
  }

  private static func baseMissing(
    _ contents: BundleContents, _ wanted: String, _ candidates: [BundleContents]
  ) -> Diagnostic {
    Diagnostic(
      .error, "bundle-base",
      "`\(contents.path)` holds only what the bundle \(wanted.prefix(12)) lacks, which is not given",
      notes: candidates.map { "`\($0.path)` is \($0.manifest.id.prefix(12))" },
      help: "give the bundle of that id by --base")
  }

  /// Where a blob lies, here or in a base; nil where it is nowhere.
  package func blob(_ sha256: String) throws(FileFailure) -> FileRange? {
    for place in [contents] + bases {
      if let found = try place.blob(sha256) { return found }
    }
    return nil
  }

  /// What is wrong with the blob of an item, read whole; nil where it is right.
  ///
  /// It is read once, whoever asks.
  package func fault(of item: BundleItem) -> Diagnostic? {
    checked.withLock { checked in
      if let known = checked[item.sha256] { return known }
      let fault = BlobCheck(bundle: self, item: item).fault
      checked[item.sha256] = .some(fault)
      return fault
    }
  }

  /// Everything that is wrong with the blobs: missing, cut off, changed, and what is there and has no business here.
  package var faults: [Diagnostic] {
    let blobs = manifest.blobs.values.filter { !$0.isInBase || isWhole }
      .sorted { $0.sha256 < $1.sha256 }
    return blobs.compactMap(fault) + BlobCheck.surplus(in: contents)
  }
}

/// Compares one blob with what the manifest says of it.
private struct BlobCheck {
  let bundle: TrustedBundle
  let item: BundleItem

  private var path: String { bundle.contents.path }

  var fault: Diagnostic? {
    do throws(FileFailure) {
      guard let blob = try bundle.blob(item.sha256) else { return missing }
      let present = bundle.contents.presentSize(of: blob)
      if present < item.size { return cut(present) }
      if blob.count != item.size {
        return broken("it has \(blob.count) bytes instead of \(item.size)")
      }
      if try Chunks.digest(of: blob) == item.sha256 { return nil }
      return broken(try changedChunks(blob))
    } catch {
      return Diagnostic(
        .error, "blob-unreadable", "\(subject) cannot be read: \(error.reason)", help: help)
    }
  }

  private var subject: String { "`\(path)`: the blob \(item.sha256.prefix(12)) of \(item.title)" }
  private var help: String { "get it again from where the bundle was made" }

  private var missing: Diagnostic {
    Diagnostic(
      .error, "blob-missing",
      "\(subject) is missing\(item.isInBase ? ", here and in the base" : "")", help: help)
  }

  private func cut(_ present: Int) -> Diagnostic {
    Diagnostic(
      .error, "blob-truncated", "\(subject) is cut off: \(present) of \(item.size) bytes are there",
      help: help)
  }

  private func broken(_ how: String) -> Diagnostic {
    Diagnostic(.error, "blob-broken", "\(subject) was changed: \(how)", help: help)
  }

  private func changedChunks(_ blob: FileRange) throws(FileFailure) -> String {
    var changed: [Int] = []
    for (index, digest) in item.chunks.enumerated() {
      let bytes = try blob.bytes(Chunks.range(index, of: item.size))
      if Chunks.digest(of: bytes) != digest { changed.append(index * Chunks.size) }
    }
    let places = changed.prefix(3).map { "byte \($0)" }.joined(separator: ", ")
    return "its digest is another, from \(places)\(changed.count > 3 ? " and others" : "") on"
  }

  /// What lies in a bundle and is named by nothing.
  static func surplus(in contents: BundleContents) -> [Diagnostic] {
    let own = contents.manifest.blobs.values.filter { !$0.isInBase }
    let known =
      [BundleContents.manifestName, BundleContents.signatureName]
      + own.map { BundleContents.blobFolder + $0.sha256 }
    let names = contents.names
    let doubled = Dictionary(grouping: names, by: \.self).filter { $0.value.count > 1 }.keys
    return Set(names).subtracting(known).union(doubled).sorted().map { name in
      Diagnostic(
        .error, "blob-surplus",
        "`\(contents.path)`: `\(name)` is there \(doubled.contains(name) ? "twice" : "and the manifest does not name it")",
        help: "somebody added it after the bundle was made: remove it, or get the bundle again")
    }
  }
}
