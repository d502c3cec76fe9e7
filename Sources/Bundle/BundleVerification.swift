import Diagnostics

/// Finds everything that is wrong with a bundle.
package enum BundleVerification {
  /// Opens and checks a bundle: the manifest, its signature, and every blob, in the bases too.
  ///
  /// What a manifest says that nobody trusted signed is not looked into any further, except for its blobs.
  /// - Parameters:
  ///   - path: the bundle.
  ///   - basePaths: bundles among which its base is.
  ///   - keys: those that may have signed.
  /// - Returns: the bundle where nothing is wrong, and the faults.
  package static func check(
    _ path: String, bases basePaths: [String], trusting keys: [TrustedKey]
  ) -> (bundle: TrustedBundle?, faults: [Diagnostic]) {
    do throws(DiagnosticError) {
      let bundle = try TrustedBundle.open([path], bases: basePaths, trusting: keys)[0]
      let faults = bundle.faults
      return (faults.isEmpty ? bundle : nil, faults)
    } catch {
      return (nil, error.diagnostics + blobFaults(path, basePaths))
    }
  }

  /// What is wrong with the blobs of a bundle that is refused anyway: all faults are told at once.
  private static func blobFaults(_ path: String, _ basePaths: [String]) -> [Diagnostic] {
    guard let contents = try? BundleContents(path) else { return [] }
    let bases = basePaths.compactMap { try? BundleContents($0) }
    return TrustedBundle(believing: contents, bases: bases).faults
  }
}
