import Diagnostics
import Schema
import Template
import Vault
import YAML

/// Encrypted values that a task certainly needs: opened before the run, so that a missing password is said then.
extension NameWalk {
  /// Arguments that are encrypted themselves.
  func checkEncrypted(_ source: ValueSource, _ place: Place) {
    switch source {
    case .encrypted(let value, let node):
      check(value, "this value", writtenAt: node.span, usedAt: nil, hosts, place, place.conditions)
    case .list(let elements, _): for element in elements { checkEncrypted(element, place) }
    case .dict(let entries, _): for entry in entries { checkEncrypted(entry.value, place) }
    case .literal, .template, .conditions, .expression: return
    }
  }

  /// An encrypted value, or a template that may lead to one, and the hosts that have it.
  struct FoundText {
    let text: Text
    let span: Span?
    var hosts: [Host]
  }

  /// What a name stands for, where that is encrypted, and what the text of its value needs in turn.
  ///
  /// Of lists and dictionaries only what is named inside them is looked at: nobody knows whether the rest is used.
  func checkEncrypted(
    _ reference: Reference, usedAt span: Span?, _ place: Place,
    after conditions: [CompiledCondition], depth: Int = 0
  ) {
    guard disk.vault.hasEncryptedValues, depth < 20, !place.locals.contains(reference.name) else {
      return
    }
    for found in values(of: reference, place) {
      if found.text.marks.contains(.encrypted) {
        check(
          .text(found.text), "the variable `\(reference.name)`", writtenAt: found.span,
          usedAt: span, found.hosts, place, conditions)
      } else {
        for inner in references(of: found.text.string) {
          checkEncrypted(inner, usedAt: span, place, after: conditions, depth: depth + 1)
        }
      }
    }
  }

  /// The different texts under a name, templates and encrypted ones, each with the hosts that have it.
  private func values(of reference: Reference, _ place: Place) -> [FoundText] {
    let isOwn =
      place.keywords.scope?.variable(
        named: reference.name, in: .roleDefaults ... .extraVars) != nil
    let key = Reference(name: reference.name, path: reference.path, offset: 0, isGuarded: false)
    if !isOwn, let known = encrypted[key] { return known }
    var places: [Span?: Int] = [:]
    var found: [FoundText] = []
    for host in hosts {
      let variables = store.variables(for: host, scope: place.keywords.scope)
      guard let variable = variables.variable(named: reference.name),
        case .text(let text)? = variable.value.value(at: reference.path),
        !text.marks.isDisjoint(with: .deferred)
      else { continue }
      if let index = places[variable.origin.span] {
        found[index].hosts.append(host)
      } else {
        places[variable.origin.span] = found.count
        found.append(FoundText(text: text, span: variable.origin.span, hosts: [host]))
      }
    }
    if !isOwn { encrypted[key] = found }
    return found
  }

  /// Whether a host certainly comes to a place.
  private func certainlyReaches(
    _ host: Host, _ place: Place, _ conditions: [CompiledCondition]
  ) -> Bool {
    if conditions.isEmpty { return true }
    return (try? conditions.all(renderer(for: host, place, locals: [:]))) == .yes
  }

  private func check(
    _ value: Value, _ thing: String, writtenAt written: Span?, usedAt used: Span?, _ hosts: [Host],
    _ place: Place, _ conditions: [CompiledCondition]
  ) {
    guard let envelope = value.string else { return }
    if let written, tried.contains(written) { return }
    guard hosts.contains(where: { certainlyReaches($0, place, conditions) }) else { return }
    if let written { tried.insert(written) }
    do throws(Diagnostic) {
      _ = try disk.decrypted(envelope, thing, at: written)
    } catch {
      var problem = error
      problem.labels += used.map { [.init($0, "needed here")] } ?? []
      if !found.contains(problem) { found.append(problem) }
    }
  }
}

extension Value {
  /// What lies under keys and indices; nil where there is nothing, or a template on the way.
  fileprivate func value(at path: [Reference.Segment]) -> Value? {
    var value = self
    for segment in path {
      switch (segment, value) {
      case (.key(let key), .dict(let map)):
        guard let next = map[key] else { return nil }
        value = next
      case (.index(let index), .list(let elements)):
        guard elements.indices.contains(index) else { return nil }
        value = elements[index]
      default:
        if case .text = value { return value }
        return nil
      }
    }
    return value
  }
}
