import ModuleKit

/// How old the host's copy of the lists of packages is.
///
/// One per host; absent where there is none yet.
package struct PackageCacheFact: Fact {
  package static let kind = "package_cache"

  /// Seconds since 1970 when the lists were fetched.
  package var fetched: Int
  /// Seconds since then, when it was read.
  package var age: Int

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    m=$(stat -c %Y /var/lib/apt/periodic/update-success-stamp 2>/dev/null) ||
      m=$(stat -c %Y /var/lib/apt/lists/partial 2>/dev/null) ||
      m=$(stat -c %Y /var/cache/dnf 2>/dev/null) || m=
    echo "$m $(date +%s)"
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<PackageCacheFact>] {
    let words = (reply.lines.first ?? "").words.compactMap { Int($0) }
    switch words.count {
    case 2:
      return ["": .present(PackageCacheFact(fetched: words[0], age: max(0, words[1] - words[0])))]
    case 1: return ["": .absent]
    default: return ["": .unreadable(String(decoding: reply.errors, as: UTF8.self))]
    }
  }
}
