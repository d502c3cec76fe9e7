import ModuleKit

/// The crontab of an account, as crontab(1) prints it.
///
/// Keys are login names; empty for the task's own. Absent where the account has none.
package struct CrontabFact: Fact {
  package static let kind = "crontab"

  package var text: String

  package static func sources(of name: String) -> [String] {
    ["/var/spool/cron/crontabs", "/var/spool/cron"]
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    """
    command -v crontab >/dev/null || { echo 'crontab(1) is not on the host' >&2; exit 127; }
    for u in \(words: requests.map(\.key.name)); do
      if [ -n "$u" ]; then o=$(crontab -u "$u" -l 2>&1; s=$?; echo .; exit $s)
      else o=$(crontab -l 2>&1; s=$?; echo .; exit $s); fi
      s=$?
      put "$u" "$s" "${o%.}"
    done
    """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<CrontabFact>] {
    guard reply.status == 0 else {
      let said = String(String(decoding: reply.errors, as: UTF8.self).trimmed)
      return Dictionary(requests.map { ($0.key.name, .unreadable(said)) }) { first, _ in first }
    }
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<CrontabFact>] = [:]
    while records.count >= 3 {
      let (user, status, output) = (
        records.removeFirst(), records.removeFirst(), records.removeFirst()
      )
      if status == "0" {
        readings[user] = .present(CrontabFact(text: output))
      } else {
        let isNone = output.contains("no crontab") || output.contains("can't open")
        readings[user] = isNone ? .absent : .unreadable(String(output.trimmed))
      }
    }
    return readings
  }
}
