import Diagnostics
import ModuleKit
import Schema

/// Keys that rpm knows, and the keys in files.
///
/// The key `` is rpm's own set; any other is the path of a file.
package struct RpmKeysFact: Fact {
  package static let kind = "rpm_keys"
  package static let keysArePaths = true

  /// Last eight hexadecimal digits of key ids, in small letters.
  package var ids: Set<String>

  package static func probe(_ requests: [FactRequest]) -> Script {
    let files = requests.map(\.key.name).filter { !$0.isEmpty }
    return """
      command -v rpm >/dev/null || { echo 'rpm is not on the host' >&2; exit 127; }
      put '' 0 "$(rpm -q gpg-pubkey --qf '%{VERSION}\\n' 2>/dev/null)"
      for f in \(words: files); do
        if [ ! -e "$f" ]; then put "$f" absent ''; continue; fi
        if command -v gpg >/dev/null; then
          o=$(gpg --batch --no-default-keyring --homedir /nonexistent --with-colons --show-keys -- "$f" 2>&1)
        else
          o='gpg is not on the host'; false
        fi
        put "$f" "$?" "$o"
      done
      """
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<RpmKeysFact>] {
    guard reply.status == 0 else {
      let said = String(String(decoding: reply.errors, as: UTF8.self).trimmed)
      return Dictionary(requests.map { ($0.key.name, .unreadable(said)) }) { first, _ in first }
    }
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<RpmKeysFact>] = [:]
    while records.count >= 3 {
      let (name, status, output) = (
        records.removeFirst(), records.removeFirst(), records.removeFirst()
      )
      let published = output.fileLines.filter { $0.hasPrefix("pub:") }.compactMap {
        $0.split(separator: ":", omittingEmptySubsequences: false).dropFirst(4).first
      }
      if name.isEmpty {
        readings[name] = .present(RpmKeysFact(ids: Set(output.fileLines.map { $0.lowercased() })))
      } else if status == "absent" {
        readings[name] = .absent
      } else if published.isEmpty {
        readings[name] = .unreadable(status == "0" ? "it holds no key" : output)
      } else {
        readings[name] = .present(
          RpmKeysFact(ids: Set(published.map { $0.suffix(8).lowercased() })))
      }
    }
    return readings
  }
}

/// `rpm_key`: a key that signs rpm packages.
struct RpmKeyModule: StateModule {
  enum State: String, ParameterChoice { case present, absent }

  private static let key = Parameter<String>.required(
    "key", "The path of the key's file on the host; with `absent` a key id does too.",
    isSubject: true)
  private static let state = Parameter<State>.optional(
    "state", "Whether rpm knows the key.", default: .present, shown: "present")
  private static let ignored = Parameter<String?>.optional(
    "validate_certs", "Taken for Ansible's sake: nothing is fetched.")

  static let manual = Manual(
    "rpm_key", .state, "A key that signs rpm packages.",
    notes: [
      "The key's id is read with gpg(1), which must be on the host. A URL is refused: bring the file with `copy` or `get_url`."
    ],
    parameters: [key.manual, state.manual, ignored.manual],
    examples: [
      """
      - name: packages of the site are signed with this key
        rpm_key:
          key: /etc/pki/rpm-gpg/RPM-GPG-KEY-site
      """
    ])

  private let file: HostPath?
  private let id: String?
  private let isWanted: Bool

  init(_ arguments: Arguments) throws(Diagnostic) {
    let text = try arguments[Self.key]
    isWanted = try arguments[Self.state] == .present
    file = HostPath(text)
    let digits = (text.hasPrefix("0x") ? String(text.dropFirst(2)) : text).filter { $0 != " " }
    id =
      digits.count >= 8 && digits.allSatisfy(\.isHexDigit) ? digits.suffix(8).lowercased() : nil
    guard file != nil || id != nil && !isWanted else {
      throw Diagnostic(
        .error, "rpm-key", "`key` must be the path of a file on the host, not `\(text)`",
        at: arguments.span(of: Self.key.manual),
        help: "bring the file with `copy` or `get_url` before this task")
    }
  }

  func reads(given facts: FactView) -> [FactRequest] {
    [FactRequest(RpmKeysFact.self)]
      + (file.map { [FactRequest(RpmKeysFact.self, $0.string)] } ?? [])
  }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let known = try facts.fact(RpmKeysFact.self) else { return [] }
    var wanted = Set([id].compactMap(\.self))
    if let file {
      guard let fact = try facts.fact(RpmKeysFact.self, file.string) else {
        throw .refusing(
          "file-absent", "there is no key at `\(file)` on the host",
          help: "bring it with `copy` before this task")
      }
      wanted = fact.ids
    }
    let differing = isWanted ? wanted.subtracting(known.ids) : wanted.intersection(known.ids)
    guard !differing.isEmpty else { return [] }
    var after = known
    if isWanted { after.ids.formUnion(differing) } else { after.ids.subtract(differing) }
    let names = differing.sorted()
    let script: Script =
      isWanted
      ? "rpm --import \(file?.string ?? "")"
      : "for k in \(words: names); do rpm -e --allmatches \"gpg-pubkey-$k\" || exit; done"
    return [
      Change(
        names.joined(separator: ", "), "key", isWanted ? .create : .remove,
        from: isWanted ? .absent : .text("known"), to: isWanted ? .text("known") : .absent,
        steps: [
          Step(
            "\(isWanted ? "import" : "remove") \(names.joined(separator: ", "))", script,
            footprint: .keys(FactKey(RpmKeysFact.self)))
        ],
        predicts: [Prediction(RpmKeysFact.self, "", .present(after))])
    ]
  }
}
