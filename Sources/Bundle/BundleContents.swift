import Diagnostics

/// A bundle on this machine, opened: a folder or an archive, which are the same to everybody else.
///
/// Only the manifest has been read, and nobody knows yet whether it may be believed.
package struct BundleContents: Sendable {
  static let manifestName = "bundle.json"
  static let signatureName = "bundle.json.sig"
  static let blobFolder = "blobs/sha256/"

  /// As it was given.
  package let path: String
  /// What it says of itself.
  package let manifest: BundleManifest
  /// The exact bytes of the manifest: what is signed.
  let manifestBytes: [UInt8]
  /// nil where there is no signature at all.
  let signatureBytes: [UInt8]?
  private let members: Members

  private enum Members: Sendable {
    /// Files by path relative to the folder; what cannot be opened is found out when it is wanted.
    case folder(Set<String>)
    case archive(TarIndex)
  }

  /// Opens a bundle; throws everything that keeps it from being one.
  package init(_ path: String) throws(DiagnosticError) {
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    self.path = path
    do throws(FileFailure) {
      members =
        Folder.exists(path)
        ? .folder(Set(Folder.files(below: path))) : .archive(try TarIndex(ReadableFile(path)))
    } catch {
      throw DiagnosticError([Self.unreadable(path, error)])
    }
    guard let manifest = try Self.bytes(Self.manifestName, members, path) else {
      throw DiagnosticError([
        Diagnostic(
          .error, "bundle-manifest", "`\(path)` has no `\(Self.manifestName)`",
          help: "it is no bundle, or was copied in part")
      ])
    }
    manifestBytes = manifest
    signatureBytes = try Self.bytes(Self.signatureName, members, path)
    self.manifest = try BundleManifest(manifest, path: path + "/" + Self.manifestName)
  }

  private static func unreadable(_ path: String, _ failure: FileFailure) -> Diagnostic {
    Diagnostic(
      .error, "bundle-unreadable", "the bundle `\(path)` cannot be read: \(failure.reason)",
      help: failure.isMissing
        ? "give a folder or an archive that `spile bundle create` made" : "copy it again")
  }

  private static func bytes(
    _ name: String, _ members: Members, _ path: String
  ) throws(DiagnosticError) -> [UInt8]? {
    do throws(FileFailure) {
      return try source(name, members, path)?.bytes()
    } catch {
      throw DiagnosticError([unreadable(path, error)])
    }
  }

  private static func source(
    _ name: String, _ members: Members, _ path: String
  ) throws(FileFailure) -> FileRange? {
    switch members {
    case .archive(let index): return index[name]?.content
    case .folder(let names):
      guard names.contains(name) else { return nil }
      let file = try ReadableFile(path + "/" + name)
      return FileRange(file: file, range: 0..<file.size)
    }
  }

  /// Where the blob of a digest lies in this bundle itself; nil where it is not here.
  package func blob(_ sha256: String) throws(FileFailure) -> FileRange? {
    try Self.source(Self.blobFolder + sha256, members, path)
  }

  /// The names of all members.
  var names: [String] {
    switch members {
    case .folder(let names): names.sorted()
    case .archive(let index): index.members.map(\.name)
    }
  }

  /// How many bytes of a blob are there, of those that its place has room for.
  func presentSize(of blob: FileRange) -> Int {
    max(0, min(blob.range.upperBound, blob.file.size) - blob.range.lowerBound)
  }

  /// Why the manifest is not to be believed; nil where one of the keys signed it.
  package func objection(trusting keys: [TrustedKey]) -> Diagnostic? {
    let help = "do not use it; get the bundle again from where it was made"
    guard let signatureBytes else {
      return Diagnostic(
        .error, "bundle-unsigned", "`\(path)` is not signed: it has no `\(Self.signatureName)`",
        help: help)
    }
    guard let signature = BundleSignature(signatureBytes) else {
      return Diagnostic(
        .error, "bundle-signature", "the signature of `\(path)` is damaged", help: help)
    }
    return signature.objection(to: manifestBytes, of: path, trusting: keys)
  }
}
