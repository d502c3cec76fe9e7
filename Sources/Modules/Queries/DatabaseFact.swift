import ModuleKit

/// Entries of a name service database, as getent(1) prints them.
///
/// Keys are `DATABASE`, a blank, and the key that is looked up (empty for all), then perhaps a blank and the service.
/// Absent where the key is not in the database.
package struct DatabaseFact: Fact {
  package static let kind = "database"

  /// Where the entries are, as far as they are in files.
  package static func sources(of name: String) -> [String] {
    ["/etc/nsswitch.conf", "/etc/\(name.prefix { $0 != " " })"]
  }

  package var lines: [String]

  static func name(_ database: String, _ key: String?, service: String?) -> String {
    "\(database) \(key ?? "")" + (service.map { " \($0)" } ?? "")
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    let calls = requests.map { request -> Script in
      let words = request.key.name.split(separator: " ", omittingEmptySubsequences: false)
        .map { String($0) }
      let service = words.count > 2 ? ["-s", words[2]] : []
      let key = words.count > 1 && !words[1].isEmpty ? [words[1]] : []
      return """
        o=$(getent \(words: service + [words[0]] + key) 2>&1)
        put \(request.key.name) "$?" "$o"
        """
    }
    return
      "command -v getent >/dev/null || { echo 'getent(1) is not on the host' >&2; exit 127; }"
      + Script(lines: calls)
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<DatabaseFact>] {
    guard reply.status == 0 else {
      let said = String(String(decoding: reply.errors, as: UTF8.self).trimmed)
      return Dictionary(requests.map { ($0.key.name, .unreadable(said)) }) { first, _ in first }
    }
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<DatabaseFact>] = [:]
    while records.count >= 3 {
      let (name, status, output) = (
        records.removeFirst(), records.removeFirst(), records.removeFirst()
      )
      switch status {
      case "0": readings[name] = .present(DatabaseFact(lines: output.fileLines))
      case "2": readings[name] = .absent
      case "1": readings[name] = .unreadable("the host has no such database: \(output)")
      case "3": readings[name] = .unreadable("the database cannot be listed, only looked up in")
      default: readings[name] = .unreadable(output)
      }
    }
    return readings
  }
}
