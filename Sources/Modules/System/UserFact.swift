import ModuleKit

/// An account.
///
/// Keys are login names; absent when the host knows no such account (passwd(5),
/// nsswitch.conf(5)). With the want `shadow` password and expiry are read, which needs root.
package struct UserFact: Fact {
  package static let kind = "user"

  /// nil in a prediction, as are home and shell, where the host picks it.
  package var uid: Int?
  /// The primary group's number and name.
  package var gid: Int?
  package var group: String
  package var comment: String
  package var home: String?
  package var shell: String?
  /// Supplementary groups by name, without the primary one.
  package var groups: Set<String>
  /// Whether the account is in `/etc/passwd` and not only in a directory service.
  package var isLocal: Bool
  /// nil unless `shadow` was wanted and readable.
  package var shadow: Shadow?

  /// The same account as far as both are known.
  package static func == (left: UserFact, right: UserFact) -> Bool {
    func agree<T: Equatable>(_ mine: T?, _ other: T?) -> Bool {
      mine == nil || other == nil || mine == other
    }
    return agree(left.uid, right.uid) && agree(left.gid, right.gid) && left.group == right.group
      && left.comment == right.comment && agree(left.home, right.home)
      && agree(left.shell, right.shell) && left.groups == right.groups
      && agree(left.shadow, right.shadow)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(group)
    hasher.combine(groups)
  }

  /// What shadow(5) says; the password's hash only as a digest, so that a reply gives nothing away.
  package struct Shadow: Sendable, Hashable {
    /// The SHA-256 of the field without a leading `!`, in hexadecimal; nil when there is no hash (`*`, `!`, empty).
    package var digest: String?
    /// Whether the field begins with `!`.
    package var isLocked: Bool
    /// Whether the field is empty: the account is open without a password.
    package var isOpen: Bool
    /// Days; nil when there is none.
    package var minimum: Int?
    package var maximum: Int?
    package var warning: Int?
    /// From the end of the password until that of the account.
    package var inactive: Int?
    /// Days since 1970 after which the account is closed; nil for never.
    package var expires: Int?
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    let shadow = requests.filter { $0.wants.contains("shadow") }.map(\.key.name)
    return """
      entry() {
        if command -v getent >/dev/null; then getent "$1" "$2"; else
          while IFS= read -r l; do case $l in "$2":*) printf '%s\\n' "$l"; break ;; esac; done <"/etc/$1"
        fi
      }
      group() {
        if command -v getent >/dev/null; then l=$(getent group "$1") && printf '%s' "${l%%:*}"; else
          while IFS=: read -r n x i l; do [ "$i" = "$1" ] && { printf '%s' "$n"; break; }; done </etc/group
        fi
      }
      for u in \(words: requests.map(\.key.name)); do
        l=$(entry passwd "$u")
        if [ -z "$l" ]; then put "user $u" ''; continue; fi
        r=${l#*:*:*:}; g=${r%%:*}
        h=no
        while IFS= read -r e; do case $e in "$u":*) h=yes; break ;; esac; done </etc/passwd
        put "user $u" "$l" "$(group "$g")" "$(id -nG -- "$u" 2>/dev/null || id -nG "$u")" "$h"
      done
      for u in \(words: shadow); do
        l=$(entry shadow "$u")
        [ -n "$l" ] || continue
        r=${l#*:}; p=${r%%:*}
        d=
        case ${p#!} in ''|'!'|'*'|x) ;; *) d=$(printf '%s' "${p#!}" | sha256sum); d=${d%% *} ;; esac
        case $p in '') s=open ;; '!'*) s=locked ;; *) s=set ;; esac
        put "shadow $u" "$d" "$s" "${r#*:}"
      done
      """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<UserFact>] {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<UserFact>] = [:]
    while let head = records.popFirst() {
      if head.hasPrefix("user "), let line = records.popFirst() {
        let name = String(head.dropFirst("user ".count))
        if line.isEmpty {
          readings[name] = .absent
        } else if records.count >= 3 {
          let fact = UserFact(line, details: Array(records.prefix(3)))
          records = records.dropFirst(3)
          readings[name] = fact.map { .present($0) } ?? .unreadable("unexpected passwd entry")
        }
      } else if head.hasPrefix("shadow "), records.count >= 3 {
        let name = String(head.dropFirst("shadow ".count))
        if case .present(var fact) = readings[name] {
          fact.shadow = Shadow(Array(records.prefix(3)))
          readings[name] = .present(fact)
        }
        records = records.dropFirst(3)
      }
    }
    return readings
  }

  /// An account that does not exist yet.
  package init(new group: String, comment: String, groups: Set<String>) {
    self.group = group
    self.comment = comment
    self.groups = groups.subtracting([group])
    isLocal = true
  }

  /// Of a passwd(5) line and its details: the primary group's name, all groups' names, whether the account is local.
  private init?(_ line: String, details: [String]) {
    let fields = line.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard fields.count >= 7, let uid = Int(fields[2]), let gid = Int(fields[3]) else { return nil }
    self.uid = uid
    self.gid = gid
    comment = fields[4]
    home = fields[5]
    shell = fields[6]
    group = details[0]
    groups = Set(details[1].words.map(String.init)).subtracting([details[0]])
    isLocal = details[2] == "yes"
  }
}

extension UserFact.Shadow {
  /// - Parameter fields: digest, state, and the entry from its third field on.
  fileprivate init(_ fields: [String]) {
    let days = fields[2].split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    func day(_ index: Int) -> Int? { index < days.count ? days[index] : nil }
    digest = fields[0].isEmpty ? nil : fields[0]
    isLocked = fields[1] == "locked"
    isOpen = fields[1] == "open"
    minimum = day(1)
    maximum = day(2)
    warning = day(3)
    inactive = day(4)
    expires = day(5)
  }
}
