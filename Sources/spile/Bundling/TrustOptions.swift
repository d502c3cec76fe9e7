import ArgumentParser
import Bundle
import Diagnostics

/// Whose bundles are believed, and where the blobs are that a delta leaves out.
struct TrustOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The public key of whoever makes the bundles; else SPILE_BUNDLE_KEY names it. May be repeated.",
      valueName: "file"),
    completion: .file())
  var trust: [String] = []

  @Option(
    help: ArgumentHelp(
      "The bundle that a delta was made against. May be repeated.", valueName: "bundle"),
    completion: .file())
  var base: [String] = []

  /// What SPILE_BUNDLE_KEY names.
  static var ofEnvironment: [String] {
    Process.variable("SPILE_BUNDLE_KEY").flatMap { $0.isEmpty ? nil : [$0] } ?? []
  }

  /// The keys; ends the command where there are none.
  func keys() throws -> [TrustedKey] {
    let paths = trust.isEmpty ? Self.ofEnvironment : trust
    guard !paths.isEmpty else {
      try Complaints.fail(
        Diagnostic(
          .error, "bundle-trust", "nobody says whose bundles are to be believed",
          help: "give the maker's public key: --trust FILE, or SPILE_BUNDLE_KEY"))
    }
    var bag = DiagnosticBag()
    var keys: [TrustedKey] = []
    for path in paths {
      do throws(Diagnostic) {
        keys += try TrustedKey.keys(at: path)
      } catch {
        bag.add(error)
      }
    }
    try Complaints.show(bag)
    return keys
  }

  /// The bundles, believed; ends the command with all faults.
  ///
  /// Blobs are not read.
  func bundles(_ paths: [String]) throws -> [TrustedBundle] {
    let keys = try keys()
    return try BundleText.checked { () throws(DiagnosticError) in
      try TrustedBundle.open(paths, bases: base, trusting: keys)
    }
  }
}
