import ModuleKit

/// A package file on the host, `.deb` or `.rpm`.
///
/// Keys are paths; absent when there is no such file.
package struct PackageFileFact: Fact {
  package static let kind = "package_file"
  package static let keysArePaths = true

  package var name: String
  package var version: String
  package var architecture: String

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    for f in \(words: requests.map(\.key.name)); do
      if [ ! -e "$f" ]; then put absent "$f" ''; continue; fi
      case $f in
        *.deb) r=$(dpkg-deb -W --showformat='${Package} ${Architecture} ${Version}' -- "$f" 2>&1) ;;
        *) r=$(rpm -qp --nosignature --qf '%{NAME} %{ARCH} %{EPOCHNUM}:%{VERSION}-%{RELEASE}' -- "$f" 2>&1) ;;
      esac
      put $? "$f" "$r"
    done
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<PackageFileFact>] {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<PackageFileFact>] = [:]
    while records.count >= 3 {
      let (status, path, said) = (
        records.removeFirst(), records.removeFirst(), records.removeFirst()
      )
      let words = said.words
      if status == "absent" {
        readings[path] = .absent
      } else if status == "0", words.count == 3 {
        let version = words[2].hasPrefix("0:") ? words[2].dropFirst(2) : words[2]
        readings[path] = .present(
          PackageFileFact(
            name: String(words[0]), version: String(version), architecture: String(words[1])))
      } else {
        readings[path] = .unreadable(said)
      }
    }
    return readings
  }
}
