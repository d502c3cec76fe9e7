import ModuleKit

/// All installed packages.
///
/// One per host.
package struct PackagesFact: Fact {
  package static let kind = "packages"

  package struct Package: Sendable, Hashable {
    package var name: String
    package var version: String
    package var architecture: String
    /// The section of a Debian package; empty for an rpm.
    package var section: String
    /// Only of an rpm.
    package var release: String
    package var epoch: Int?
  }

  /// `apt` or `rpm`.
  package var source: String
  package var packages: [Package]

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    if command -v dpkg-query >/dev/null; then
      echo apt
      dpkg-query -W -f='${db:Status-Abbrev}\\t${Package}\\t${Version}\\t${Architecture}\\t${Section}\\n'
    elif command -v rpm >/dev/null; then
      echo rpm
      rpm -qa --qf 'ii \\t%{NAME}\\t%{VERSION}\\t%{ARCH}\\t%{RELEASE}\\t%{EPOCH}\\n'
    else
      echo 'neither dpkg nor rpm is installed' >&2
      exit 127
    fi
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<PackagesFact>] {
    let lines = reply.lines
    guard reply.status == 0, let source = lines.first.map({ String($0) }) else {
      return ["": .unreadable(String(String(decoding: reply.errors, as: UTF8.self).trimmed))]
    }
    let packages = lines.dropFirst().compactMap { line -> Package? in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
      guard fields.count >= 5, fields[0].dropFirst().first == "i" else { return nil }
      let isRpm = source == "rpm"
      return Package(
        name: fields[1], version: fields[2], architecture: fields[3],
        section: isRpm ? "" : fields[4], release: isRpm ? fields[4] : "",
        epoch: fields.count > 5 ? Int(fields[5]) : nil)
    }
    return ["": .present(PackagesFact(source: source, packages: packages))]
  }
}
