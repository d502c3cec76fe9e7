import Diagnostics
import ModuleKit
import Schema

/// `kubernetes_object`: objects of the Kubernetes API, compared and applied by the API server itself.
struct KubernetesObjectModule: StateModule {
  private let client: KubernetesClient
  /// In the order in which they are made.
  let objects: [KubernetesObject]
  let isWished: Bool
  private let manager: String
  private let forces: Bool
  private let wait: ObjectWait
  /// In seconds.
  private let timeout: Int

  init(_ arguments: Arguments) throws(Diagnostic) {
    client = try KubernetesClient(arguments)
    objects = try Self.objects(arguments)
    isWished = try arguments[Self.state] == .present
    manager = try arguments[Self.fieldManager]
    forces = try arguments[Self.forcesConflicts]
    wait = try arguments[Self.wait]
    timeout = try arguments[Self.timeout]
    let isName =
      manager.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "|") }
      && (1...128).contains(manager.utf8.count)
    guard isName else {
      throw Diagnostic(
        .error, "field-manager", "`field_manager` is a name of 1 to 128 plain characters",
        at: arguments.span(of: Self.fieldManager.manual))
    }
    if !isWished, wait != .nothing {
      throw Diagnostic(
        .error, "exclusive-parameters", "`wait` is for objects that are to be there",
        at: arguments.span(of: Self.wait.manual), help: "a removal is always waited for")
    }
  }

  // MARK: - Knowing

  func reads(given facts: FactView) -> [FactRequest] {
    objects.map { object in
      FactRequest(
        KubernetesObjectFact.self, key(object), wants: isWished ? [want(object)] : [])
    }
  }

  private func key(_ object: KubernetesObject) -> String {
    let identity = object.identity
    return client.key([identity.apiVersion, identity.kind, identity.namespace, identity.name])
  }

  private func want(_ object: KubernetesObject) -> String {
    KubernetesObjectFact.Declaration(
      manager: manager, forces: forces, text: JSON.text(object.content)
    ).want
  }

  private func fact(_ object: KubernetesObject, _ facts: FactView) throws(Obstacle)
    -> KubernetesObjectFact
  {
    guard let fact = try facts.fact(KubernetesObjectFact.self, key(object)) else {
      throw .unreadable(FactKey(KubernetesObjectFact.self, key(object)), "no answer")
    }
    if let trouble = fact.trouble {
      throw .refusing(
        "object-unreadable",
        "`\(object.identity)` can not be read: \(KubernetesClient.lastLine(object.masked(trouble)))"
      )
    }
    return fact
  }

  // MARK: - Comparing

  func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    isWished ? try applications(facts) : try removals(facts)
  }

  private func applications(_ facts: FactView) throws(Obstacle) -> [Change] {
    var changes: [Change] = []
    var waits: [Step] = []
    /// Objects that differ, with where their changes begin.
    var differing: [(object: KubernetesObject, change: Int)] = []
    for object in objects {
      let fact = try fact(object, facts)
      let own = try self.changes(of: object, fact)
      if !own.isEmpty { differing.append((object, changes.count)) }
      changes += own
      guard let condition = ObjectCondition(wait, object.identity) else { continue }
      let step = condition.step(
        object.identity, client, timeout: timeout, footprint: footprint([object]))
      if !own.isEmpty {
        waits.append(step)
      } else if let lack = fact.live.map(condition.lack) ?? "not there" {
        waits.append(step)
        changes.append(
          Change(
            object.identity.description, condition.name, from: .text(lack),
            to: .text(condition.name)))
      }
    }
    for batch in batches(differing) {
      changes[batch.change].steps += steps(applying: batch.objects)
    }
    if !waits.isEmpty { changes[changes.count - 1].steps += waits }
    return changes
  }

  /// What the server would change of one object.
  private func changes(
    of object: KubernetesObject, _ fact: KubernetesObjectFact
  ) throws(Obstacle) -> [Change] {
    let subject = object.identity.description
    switch fact.attempts[want(object)] {
    case nil:
      throw .unknown(Unknown("what the API server makes of `\(subject)`"))
    case .refused(let said):
      guard fact.live == nil, let missing = Self.missing(said) else {
        throw refusal(object, said)
      }
      return [creation(object, as: nil, before: missing)]
    case .object(let wished):
      guard let live = fact.live else { return [creation(object, as: wished, before: nil)] }
      var changes = differences(object, live, wished)
      if changes.isEmpty, owned(live) != owned(wished) {
        changes = [
          Change(
            subject, "owned fields",
            from: .text(owned(live) == nil ? "none by \(manager)" : "others by \(manager)"),
            to: .text("what is declared by \(manager)"))
        ]
      }
      if !changes.isEmpty {
        changes[0].predicts = [prediction(object, .present(known(object, as: wished)))]
      }
      return changes
    }
  }

  private func differences(
    _ object: KubernetesObject, _ live: Value, _ wished: Value
  ) -> [Change] {
    let differences = ObjectDifference.all(
      from: KubernetesObjectFact.declared(live), to: KubernetesObjectFact.declared(wished))
    return differences.map { difference in
      let isConcealed = object.conceals(difference.path)
      func shown(_ value: Value?) -> Shown {
        guard let value else { return .absent }
        if isConcealed { return .secret }
        guard let text = value.string else { return .text(JSON.text(value)) }
        return text.contains("\n") ? .content(text) : .text(text)
      }
      var change = Change(
        object.identity.description, difference.path, from: shown(difference.before),
        to: shown(difference.after))
      let hasPods = ["DaemonSet", "Deployment", "StatefulSet"].contains(object.identity.kind)
      if hasPods, difference.path.hasPrefix("spec.template") { change.blast = .restart }
      return change
    }
  }

  /// What the field manager owns of an object, as the server notes it; nil for nothing.
  private func owned(_ object: Value) -> Value? {
    for entry in object["metadata"]?["managedFields"]?.list ?? []
    where entry["manager"]?.string == manager && entry["operation"]?.string == "Apply"
      && entry["subresource"] == nil
    {
      return .list([entry["fieldsV1"] ?? .null, entry["apiVersion"] ?? .null])
    }
    return nil
  }

  /// `wished`: as the server would make it; nil where it can not say before something else is there.
  private func creation(
    _ object: KubernetesObject, as wished: Value?, before missing: Foundation?
  ) -> Change {
    let text = JSON.text(object.content, style: .indented) + "\n"
    let isConcealed = object.isSecret || !object.secretPaths.isEmpty
    let identity = object.identity
    var change = Change(
      identity.description, "object", .create, from: .absent,
      to: isConcealed ? .secret : .content(text))
    if let missing, !isMade(missing, for: identity) {
      change.attribute = "object (its \(missing.rawValue) is not there yet)"
      change.awaits = Unknown("the \(missing.rawValue) of `\(identity)`")
    }
    change.predicts = [
      prediction(
        object,
        wished.map { .present(known(object, as: $0)) }
          ?? .unknown(.init("what `\(identity)` will be like")))
    ]
    return change
  }

  /// Whether this task makes what an object stands on.
  private func isMade(_ missing: Foundation, for identity: KubernetesObject.Identity) -> Bool {
    objects.contains { object in
      switch missing {
      case .namespace:
        object.identity.kind == "Namespace" && object.identity.name == identity.namespace
      case .kind:
        object.identity.kind == "CustomResourceDefinition"
          && object.content["spec"]?["group"]?.string == identity.group
          && object.content["spec"]?["names"]?["kind"]?.string == identity.kind
      }
    }
  }

  private func known(_ object: KubernetesObject, as wished: Value) -> KubernetesObjectFact {
    KubernetesObjectFact(live: wished, attempts: [want(object): .object(wished)])
  }

  private func prediction(
    _ object: KubernetesObject, _ reading: Reading<KubernetesObjectFact>
  ) -> Prediction {
    Prediction(
      KubernetesObjectFact.self, key(object), reading, wants: isWished ? [want(object)] : [])
  }

  // MARK: - Refusals

  /// What an object stands on.
  private enum Foundation: String { case kind, namespace }

  /// What an object waits for that is not there yet; nil for every other refusal.
  private static func missing(_ said: String) -> Foundation? {
    if said.contains("no matches for kind") { return .kind }
    let isNamespace = said.contains("(NotFound): namespaces \"") && said.contains("\" not found")
    return isNamespace ? .namespace : nil
  }

  private func refusal(_ object: KubernetesObject, _ said: String) -> Obstacle {
    let said = object.masked(said)
    let conflicts = Self.conflicts(said)
    if !conflicts.isEmpty {
      return .refusing(
        "object-conflict",
        "fields of `\(object.identity)` are owned by others: "
          + conflicts.map { "\($0.manager) owns \($0.fields.joined(separator: ", "))" }.joined(
            separator: "; "),
        help:
          "leave the field out and it stays theirs, or take it over with `force_conflicts: true`")
    }
    if let absence = KubernetesClient.absence(said) { return .unknown(Unknown(absence)) }
    return .refusing(
      "object-refused",
      "the API server refuses `\(object.identity)`: \(KubernetesClient.lastLine(said))")
  }

  /// Who owns which fields: `conflict with "kubectl" using apps/v1: .spec.replicas`, or a line `- .spec.x` for each.
  static func conflicts(_ said: String) -> [(manager: String, fields: [String])] {
    var found: [(manager: String, fields: [String])] = []
    for line in said.fileLines {
      if line.hasPrefix("- ."), !found.isEmpty {
        found[found.count - 1].fields.append(String(line.dropFirst(2)))
        continue
      }
      guard let start = line.firstRange(of: "with \""), line.contains("conflict") else { continue }
      let rest = line[start.upperBound...]
      guard let quote = rest.firstIndex(of: "\"") else { continue }
      let field = rest.firstRange(of: ": .").map { [String(rest[$0.upperBound...])] } ?? []
      found.append((String(rest[..<quote]), field.map { "." + $0 }))
    }
    return found.filter { !$0.fields.isEmpty }
  }

  // MARK: - Steps

  /// Objects that are applied by one command: foundations apart from what stands on them, secrets apart from the rest.
  private func batches(
    _ differing: [(object: KubernetesObject, change: Int)]
  ) -> [(objects: [KubernetesObject], change: Int)] {
    var batches: [(objects: [KubernetesObject], change: Int)] = []
    for (object, change) in differing {
      if let last = batches.last?.objects.last, isAlike(last, object) {
        batches[batches.count - 1].objects.append(object)
      } else {
        batches.append(([object], change))
      }
    }
    return batches
  }

  private func isAlike(_ left: KubernetesObject, _ right: KubernetesObject) -> Bool {
    func isSecret(_ object: KubernetesObject) -> Bool {
      object.isSecret || !object.secretPaths.isEmpty
    }
    func isFoundation(_ object: KubernetesObject) -> Bool {
      KubernetesKinds.foundations.contains(object.identity.kind)
    }
    return isSecret(left) == isSecret(right) && isFoundation(left) == isFoundation(right)
  }

  private func steps(applying objects: [KubernetesObject]) -> [Step] {
    let names = objects.map(\.identity.description).joined(separator: ", ")
    let isSecret = objects.contains { $0.isSecret || !$0.secretPaths.isEmpty }
    let force: Script = forces ? "--force-conflicts" : ""
    let footprint = footprint(objects)
    let application = Step(
      "apply \(names)",
      """
      \(words: client.words) apply --server-side --field-manager \(manager) \(force) -f -
      """, input: list(objects.map(\.content), isSecret: isSecret), footprint: footprint,
      deadline: .seconds(max(timeout, 120)), isSecret: isSecret)
    let kinds = objects.filter { $0.identity.kind == "CustomResourceDefinition" }
    let established = kinds.map {
      ObjectCondition.condition(type: "Established", status: "True").step(
        $0.identity, client, timeout: 60, footprint: footprint)
    }
    return [application] + established
  }

  private func list(_ items: [Value], isSecret: Bool) -> Blob {
    Blob(Array(JSON.text(KubernetesObject.list(items)).utf8), isSecret: isSecret)
  }

  /// Namespaces and kinds change what there is to say about everything else.
  private func footprint(_ objects: [KubernetesObject]) -> Footprint {
    if objects.contains(where: { KubernetesKinds.foundations.contains($0.identity.kind) }) {
      return Footprint([.kind(KubernetesObjectFact.kind)])
    }
    return Footprint(
      Set(objects.map { .key(FactKey(KubernetesObjectFact.self, key($0))) }))
  }

  // MARK: - Removing

  private func removals(_ facts: FactView) throws(Obstacle) -> [Change] {
    var changes: [Change] = []
    var there: [KubernetesObject] = []
    for object in objects.reversed() where try fact(object, facts).live != nil {
      there.append(object)
      var change = Change(
        object.identity.description, "object", .remove, from: .text("there"), to: .absent,
        predicts: [prediction(object, .present(KubernetesObjectFact(live: nil)))])
      if KubernetesKinds.foundations.contains(object.identity.kind) { change.blast = .rebuild }
      changes.append(change)
    }
    guard !there.isEmpty else { return [] }
    changes[0].steps = [
      Step(
        "delete \(there.map(\.identity.description).joined(separator: ", "))",
        """
        \(words: client.words) delete --ignore-not-found --wait --timeout=\(timeout)s -f -
        """, input: list(there.map(\.identity.reference), isSecret: false),
        footprint: footprint(there), deadline: .seconds(timeout + 30))
    ]
    return changes
  }

  // MARK: - Result

  func result(from facts: FactView, replies: [StepReply]) -> ValueMap {
    [
      "objects": .list(
        objects.map { object in
          let identity = object.identity
          var entry: ValueMap = [
            "name": .string(identity.description), "api_version": .string(identity.apiVersion),
            "kind": .string(identity.kind), "namespace": .string(identity.namespace),
          ]
          let live = facts.known(KubernetesObjectFact.self, key(object))?.live
          if let uid = live?["metadata"]?["uid"] { entry["uid"] = uid }
          if let status = live?["status"] { entry["status"] = status }
          return .dict(entry)
        })
    ]
  }
}
