import Diagnostics
import ModuleKit
import Schema

/// `getent`: entries of a name service database.
struct GetentModule: QueryModule {
  private static let database = Parameter<String>.required(
    "database", "The database: `passwd`, `group`, `hosts`, `services`, ...", isSubject: true)
  private static let key = Parameter<String?>.optional(
    "key",
    "The entry to look up; without it all entries are read, where the database can be listed."
  )
  private static let service = Parameter<String?>.optional(
    "service", "The source that is asked (`files`, `ldap`); all of nsswitch.conf(5) without it.")
  private static let separator = Parameter<String?>.optional(
    "split",
    "What separates the fields; a colon for `passwd`, `shadow`, `group` and `gshadow`, blanks for the others."
  )
  private static let fails = Parameter<Bool>.optional(
    "fail_key", "Whether a key that is not there is a failure; else its value is null.",
    default: true, shown: "true")

  static let manual = Manual(
    "getent", .query, "Looks up entries of a name service database.",
    notes: [
      "What is found is set as the fact `getent_DATABASE`: a dictionary from each entry's first field to the list of the others.",
      "Entries of `shadow` and `gshadow` are secrets, and are not shown.",
    ],
    parameters: [
      database.manual, key.manual, service.manual, separator.manual, fails.manual,
    ],
    results: [.init("ansible_facts", "the dictionary `getent_DATABASE`")],
    examples: [
      """
      - name: who root is
        getent:
          database: passwd
          key: root
      """,
      """
      - name: all groups, whether there is a docker group or not
        ansible.builtin.getent:
          database: group
          key: docker
          fail_key: false
      """,
    ])

  private let name: String
  private let databaseName: String
  private let keyText: String?
  private let mark: String?
  private let isFatal: Bool

  init(_ arguments: Arguments) throws(Diagnostic) {
    databaseName = try arguments[Self.database]
    keyText = try arguments[Self.key].flatMap { $0.isEmpty ? nil : $0 }
    let service = try arguments[Self.service]
    mark = try arguments[Self.separator]
    isFatal = try arguments[Self.fails]
    name = DatabaseFact.name(databaseName, keyText, service: service)
    for (text, parameter) in [
      (databaseName, Self.database.manual), (keyText, Self.key.manual),
      (service, Self.service.manual),
    ] where text?.contains(where: \.isWhitespace) ?? false {
      throw Diagnostic(
        .error, "argument-blank", "`\(parameter.name)` must not contain blanks",
        at: arguments.span(of: parameter))
    }
  }

  var factNames: [String] { ["getent_\(databaseName)"] }

  func reads(given facts: FactView) -> [FactRequest] { [FactRequest(DatabaseFact.self, name)] }

  func result(from facts: FactView) throws(Obstacle) -> QueryResult {
    var entries: ValueMap = [:]
    if let fact = try facts.fact(DatabaseFact.self, name) {
      for line in fact.lines { add(line, to: &entries) }
    } else if isFatal {
      throw .refusing(
        "getent-key", "`\(keyText ?? "")` is not in the database `\(databaseName)`",
        help: "`fail_key: false` makes it null instead")
    } else if let keyText {
      entries[keyText] = .null
    }
    let found: ValueMap = ["getent_\(databaseName)": .dict(entries)]
    return QueryResult(["ansible_facts": .dict(found)], effects: [.setFacts(found)])
  }

  private static let colons: Set = ["passwd", "shadow", "group", "gshadow"]
  private static let secrets: Set = ["shadow", "gshadow"]

  private func add(_ line: String, to entries: inout ValueMap) {
    let separator = mark ?? (Self.colons.contains(databaseName) ? ":" : nil)
    let fields: [String] =
      separator.map { line.pieces(between: $0) } ?? line.words.map { String($0) }
    guard let first = fields.first else { return }
    let marks: Text.Marks = Self.secrets.contains(databaseName) ? .secret : []
    let rest = Value.list(fields.dropFirst().map { .string($0) }).marked(marks)
    switch entries[first] {
    case nil: entries[first] = rest
    case .list(let earlier)? where earlier.first?.list != nil:
      entries[first] = .list(earlier + [rest])
    case let earlier?: entries[first] = .list([earlier, rest])
    }
  }
}

extension String {
  /// What stands between the occurrences of a text.
  func pieces(between separator: String) -> [String] {
    guard !separator.isEmpty else { return [self] }
    var pieces: [String] = []
    var rest = self
    while let range = rest.range(ofText: separator) {
      pieces.append(String(rest[..<range.lowerBound]))
      rest = String(rest[range.upperBound...])
    }
    return pieces + [rest]
  }
}
