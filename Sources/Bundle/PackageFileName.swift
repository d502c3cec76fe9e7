/// What the name of a package file says.
struct PackageFileName: Hashable {
  var name: String
  var version: String
  /// nil for packages that fit every architecture.
  var architecture: String?

  /// `NAME_VERSION_ARCH.deb` (Debian FAQ, 7.3), or `NAME-VERSION-RELEASE.ARCH.rpm` (RPM reference, "Package naming"); nil
  /// for other names.
  init?(_ file: String) {
    if file.hasSuffix(".deb") {
      let parts = file.dropLast(4).split(separator: "_")
      guard parts.count == 3 else { return nil }
      name = String(parts[0])
      version = String(parts[1]).replacing("%3a", with: ":")
      architecture = parts[2] == "all" ? nil : String(parts[2])
    } else if file.hasSuffix(".rpm") {
      let dotted = file.dropLast(4).split(separator: ".")
      guard let last = dotted.last, dotted.count > 1 else { return nil }
      let parts = file.dropLast(5 + last.count).split(separator: "-")
      guard parts.count > 2 else { return nil }
      name = parts.dropLast(2).joined(separator: "-")
      version = parts.suffix(2).joined(separator: "-")
      architecture = last == "noarch" ? nil : Architecture.name(ofMachine: String(last))
    } else {
      return nil
    }
  }
}
