import ModuleKit
import Schema

/// An object as the API server has it, and what it would make of declarations of it (server-side apply as a dry run).
///
/// The key is made by `KubernetesClient.key`: program, kubeconfig, API version, kind, namespace, name. Absent never
/// occurs: an object that is not there is a fact without `live`. Where there is no API server (yet) it is unknown.
package struct KubernetesObjectFact: Fact {
  package static let kind = "kubernetes object"

  /// What came of a declaration.
  package enum Attempt: Sendable, Hashable {
    /// The object as it would be.
    case object(Value)
    /// The server, or kubectl, refuses it: what was said.
    case refused(String)
  }

  /// nil where the object is not there, or its kind is not known.
  package var live: Value?
  /// By the text of the want that asked for it.
  package var attempts: [String: Attempt]
  /// Why it could not be looked for, other than that it is not there; nil where it could.
  package var trouble: String?

  package init(live: Value?, attempts: [String: Attempt] = [:], trouble: String? = nil) {
    self.live = live
    self.attempts = attempts
    self.trouble = trouble
  }

  /// Status, versions and times go on by themselves.
  package static func == (left: KubernetesObjectFact, right: KubernetesObjectFact) -> Bool {
    left.live.map(declared) == right.live.map(declared) && left.trouble == right.trouble
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(live.map(Self.declared)) }

  package static func sources(of name: String) -> [String] {
    KubernetesClient.parse(key: name).map { [$0.client.kubectl, $0.client.kubeconfig] } ?? []
  }

  /// The part of an object that can be declared.
  static func declared(_ object: Value) -> Value {
    guard var map = object.dict else { return object }
    if var metadata = map["metadata"]?.dict {
      for field in KubernetesObject.serverSet { metadata[field] = nil }
      map["metadata"] = .dict(metadata)
    }
    map["status"] = nil
    return .dict(map)
  }

  // MARK: - Asking

  /// A wish to know what the server would make of a declaration.
  struct Declaration: Hashable {
    var manager: String
    var forces: Bool
    /// JSON.
    var text: String

    private static let start = "apply|"

    /// As a want of a request.
    var want: String { "\(Self.start)\(manager)|\(forces ? "force" : "")|\(text)" }

    init(manager: String, forces: Bool, text: String) {
      self.manager = manager
      self.forces = forces
      self.text = text
    }

    init?(want: String) {
      let fields = want.split(separator: "|", maxSplits: 3, omittingEmptySubsequences: false)
      guard fields.count == 4, want.hasPrefix(Self.start) else { return nil }
      self.init(
        manager: String(fields[1]), forces: fields[2] == "force", text: String(fields[3]))
    }
  }

  /// Declarations that are applied together: those of one field manager, and one way to treat conflicts.
  private struct Group {
    struct Item {
      var key: String
      var identity: KubernetesObject.Identity
      var want: String
      /// JSON.
      var text: String
    }

    var manager: String
    var forces: Bool
    var items: [Item] = []
  }

  /// Everything that is asked with one client, in the order of the probe and of its reply.
  private struct Questions {
    var client: KubernetesClient
    var objects: [(key: String, identity: KubernetesObject.Identity)] = []
    var groups: [Group] = []

    static func all(_ requests: [FactRequest]) -> [Questions] {
      var all: [Questions] = []
      for request in requests {
        guard let (client, fields) = KubernetesClient.parse(key: request.key.name),
          fields.count == 4
        else { continue }
        let place = all.firstIndex { $0.client == client } ?? all.endIndex
        if place == all.endIndex { all.append(Questions(client: client)) }
        let identity = KubernetesObject.Identity(
          apiVersion: fields[0], kind: fields[1], namespace: fields[2], name: fields[3])
        all[place].objects.append((request.key.name, identity))
        for want in request.wants.sorted() {
          if let declaration = Declaration(want: want) {
            all[place].add(
              Group.Item(
                key: request.key.name, identity: identity, want: want, text: declaration.text),
              declaration)
          }
        }
      }
      return all
    }

    private mutating func add(_ item: Group.Item, _ declaration: Declaration) {
      let place =
        groups.firstIndex { $0.manager == declaration.manager && $0.forces == declaration.forces }
        ?? groups.endIndex
      if place == groups.endIndex {
        groups.append(Group(manager: declaration.manager, forces: declaration.forces))
      }
      groups[place].items.append(item)
    }

    var references: String {
      JSON.text(KubernetesObject.list(objects.map(\.identity.reference)))
    }
  }

  package static func probe(_ requests: [FactRequest]) -> Script {
    Script(
      lines: Questions.all(requests).map { questions in
        """
        (
        \(questions.client.functions)
        \(questions.client.presence)
        printf '%s' \(questions.references) |
          ask get -f - --ignore-not-found --show-managed-fields -o json
        there=$?
        \(Script(lines: questions.groups.map(script)))
        fi
        )
        """
      })
  }

  /// Declarations of one manager: together, and one by one where that fails.
  private static func script(_ group: Group) -> Script {
    let force: Script = group.forces ? "--force-conflicts" : ""
    return """
      if [ "$there" != 7 ]; then
      try() {
        ask apply --server-side --dry-run=server --field-manager \(group.manager) \(force) \\
          --show-managed-fields -o json -f -
      }
      set -- \(words: group.items.map(\.text))
      { printf '{"apiVersion":"v1","kind":"List","items":[%s' "$1"
        rest() { shift; [ "$#" = 0 ] || printf ',%s' "$@"; }
        rest "$@"
        printf ']}'
      } | try || for text in "$@"; do printf '%s' "$text" | try; done
      fi
      """
  }

  // MARK: - Reading the reply

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<KubernetesObjectFact>] {
    var replies = KubernetesAnswers(reply)
    var readings: [String: Reading<KubernetesObjectFact>] = [:]
    for questions in Questions.all(requests) {
      let state = replies.text() ?? ""
      guard state == "here", let live = replies.next() else {
        for (key, _) in questions.objects where state.hasPrefix("there is no ") {
          readings[key] = .unknown(.init(state))
        }
        continue
      }
      if let reason = KubernetesClient.absence(live.said) {
        for (key, _) in questions.objects { readings[key] = .unknown(.init(reason)) }
        continue
      }
      var facts = found(live, questions)
      for group in questions.groups {
        guard let together = replies.next() else { break }
        let isWhole = together.status == "0"
        let applied = together.objects
        for item in group.items {
          guard let answer = isWhole ? together : replies.next() else { continue }
          let objects = isWhole ? applied : answer.objects
          facts[item.key]?.attempts[item.want] =
            answer.status == "0"
            ? attempt(item.identity, objects) : .refused(answer.said)
        }
      }
      for (key, fact) in facts { readings[key] = .present(fact) }
    }
    return readings
  }

  /// The objects that are there; those whose kind is not known are not there.
  private static func found(
    _ answer: KubernetesAnswers.Answer, _ questions: Questions
  ) -> [String: KubernetesObjectFact] {
    let objects = answer.objects
    var trouble: String?
    if answer.status != "0" {
      let lines = answer.said.fileLines.filter { !$0.trimmed.isEmpty }
      if lines.contains(where: {
        !$0.contains("no matches for kind") && !$0.hasPrefix("ensure CRDs")
      }) {
        trouble = answer.said
      }
    } else if objects == nil {
      trouble = "what kubectl printed can not be read"
    }
    var facts: [String: KubernetesObjectFact] = [:]
    for (key, identity) in questions.objects {
      let live = objects?.first { identity.isThat(of: $0) }
      facts[key] = KubernetesObjectFact(live: live, trouble: live == nil ? trouble : nil)
    }
    return facts
  }

  private static func attempt(
    _ identity: KubernetesObject.Identity, _ objects: [Value]?
  ) -> Attempt {
    objects?.first(where: identity.isThat).map(Attempt.object)
      ?? .refused("what kubectl printed can not be read")
  }
}

extension KubernetesObject.Identity {
  /// Whether an object that the server has printed is this one; kinds of others may turn out to have no namespace.
  func isThat(of object: Value) -> Bool {
    let metadata = object["metadata"]
    let there = metadata?["namespace"]?.string ?? ""
    return object["kind"]?.string == kind && object["apiVersion"]?.string == apiVersion
      && metadata?["name"]?.string == name && (there == namespace || there.isEmpty)
  }
}
