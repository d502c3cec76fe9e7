import Diagnostics
import ModuleKit
import Schema

/// `xattr`: extended attributes of a file, set, removed or read.
struct ExtendedAttributesModule: StateModule {
  enum State: String, ParameterChoice { case absent, all, keys, present, read }

  private static let path = Parameter<HostPath>.required(
    "path", "The file or folder on the host.", aliases: ["name"], isSubject: true)
  private static let namespace = Parameter<String>.optional(
    "namespace", "What the key's name begins with: `user`, `trusted`, `security`.", default: "user",
    shown: "user")
  private static let key = Parameter<String?>.optional(
    "key", "The attribute, with its namespace or without.")
  private static let value = Parameter<String?>.optional(
    "value", "The value, as text; needed for `present`.")
  private static let state = Parameter<State?>.optional(
    "state",
    """
    `present` and `absent` set and remove an attribute; `read` only tells one, `keys` all names, `all` everything. \
    Without it `present` where a `value` is given, else `read`.
    """)
  private static let follow = Parameter<Bool>.optional(
    "follow", "Whether a symbolic link means what it leads to.", default: true, shown: "true")

  static let manual = Manual(
    "xattr", .state, "Extended attributes of files.",
    notes: ["Uses getfattr(1) and setfattr(1) of the package `attr`."],
    parameters: [
      path.manual, namespace.manual, key.manual, value.manual, state.manual, follow.manual,
    ],
    results: [.init("xattr", "a dictionary of attributes and their values")],
    examples: [
      """
      - name: where it came from
        community.general.xattr:
          path: /srv/images/base.qcow2
          key: origin
          value: build-42
      """,
      """
      - name: nothing is said about it any more
        community.general.xattr:
          path: /srv/images/base.qcow2
          key: user.origin
          state: absent
      """,
    ])

  private let path: HostPath
  private let name: String?
  private let value: String?
  private let state: State
  private let follows: Bool

  init(_ arguments: Arguments) throws(Diagnostic) {
    path = try arguments[Self.path]
    follows = try arguments[Self.follow]
    let key = try arguments[Self.key]
    let namespace = try arguments[Self.namespace]
    value = try arguments[Self.value]
    state = try arguments[Self.state] ?? (value == nil ? (key == nil ? .keys : .read) : .present)
    name = key.map { $0.hasPrefix(namespace + ".") ? $0 : "\(namespace).\($0)" }
    if state != .all, state != .keys, key?.isEmpty ?? true {
      throw Diagnostic(
        .error, "missing-parameter", "`state: \(state.rawValue)` needs `key`", at: arguments.span)
    }
    if state == .present, value == nil {
      throw Diagnostic(
        .error, "missing-parameter", "`state: present` needs `value`", at: arguments.span)
    }
    if let name, name.contains("\n") || name.contains("=") {
      throw Diagnostic(
        .error, "xattr-key", "`\(name)` is no name of an attribute",
        at: arguments.span(of: Self.key.manual))
    }
  }

  private var request: FactRequest {
    FactRequest(ExtendedAttributesFact.self, path.string, wants: follows ? ["follow"] : [])
  }

  func reads(given facts: FactView) -> [FactRequest] { [request] }

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard let fact = try facts.fact(ExtendedAttributesFact.self, path.string) else {
      throw .refusing("file-absent", "there is no file `\(path)`")
    }
    guard let name else { return [] }
    let now = fact.values[name]
    switch state {
    case .present:
      guard let value, now != Array(value.utf8) else { return [] }
      return [change(name, now, Array(value.utf8), fact, ["-n", name, "-v", hexadecimal(value)])]
    case .absent:
      guard now != nil else { return [] }
      return [change(name, now, nil, fact, ["-x", name])]
    case .read, .keys, .all: return []
    }
  }

  /// As setfattr(1) takes bytes; a text could look like something else to it.
  private func hexadecimal(_ text: String) -> String {
    "0x"
      + text.utf8.map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
      }.joined()
  }

  private func change(
    _ name: String, _ now: [UInt8]?, _ wished: [UInt8]?, _ fact: ExtendedAttributesFact,
    _ words: [String]
  ) -> Change {
    func shown(_ bytes: [UInt8]?) -> Shown {
      bytes.map { .text(String(decoding: $0, as: UTF8.self)) } ?? .absent
    }
    var after = fact
    after.values[name] = wished
    return Change(
      path.string, name, now == nil ? .create : wished == nil ? .remove : .update,
      from: shown(now), to: shown(wished),
      steps: [
        Step(
          "setfattr \(path)",
          "setfattr \(words: follows ? [] : ["-h"]) \(words: words) -- \(path.string)",
          footprint: .keys(request.key))
      ],
      predicts: [
        Prediction(
          ExtendedAttributesFact.self, path.string, .present(after), wants: [FactRequest.everything]
        )
      ])
  }

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    guard let fact = facts.known(ExtendedAttributesFact.self, path.string) else { return [:] }
    let shown = fact.values.filter { pair in
      switch state {
      case .all, .keys: true
      case .read, .present, .absent: pair.key == name
      }
    }
    if state == .keys {
      return ["xattr": .list(shown.keys.sorted().map { .string($0) })]
    }
    let map = ValueMap(
      shown.sorted { $0.key < $1.key }.map {
        (.string($0.key), .string(String(decoding: $0.value, as: UTF8.self)))
      })
    return ["xattr": .dict(map)]
  }
}
