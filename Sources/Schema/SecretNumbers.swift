import Synchronization

/// Numbers that came out of secrets, such as a PIN in an encrypted file or `"{{ pin | int }}"`.
///
/// A number has no room for a mark, so those that came out of a secret are remembered for the
/// process, and every equal number counts as secret from then on: a port that equals a PIN is
/// masked too. Numbers below 1000 are not remembered, for lengths, counts, positions and exit
/// statuses would be among them; booleans, comparisons and `null` never are. What a condition
/// decides about a secret, and how long it is, may therefore be seen; its characters may not.
package enum SecretNumbers {
  private static let known = Mutex<Set<Value>>([])
  private static let hasAny = Atomic<Bool>(false)

  /// Whether any number is secret.
  package static var isInUse: Bool { hasAny.load(ordering: .relaxed) }

  /// Remembers a number; anything else, and what is too small to tell something, is left alone.
  package static func remember(_ value: Value) {
    switch value {
    case .int(let int): guard int.magnitude >= 1000 else { return }
    case .float(let float):
      guard float.isFinite, float.rounded() != float || float.magnitude >= 1000 else { return }
    case .bigInt: break
    case .null, .bool, .text, .list, .dict, .unknown: return
    }
    known.withLock { _ = $0.insert(value) }
    hasAny.store(true, ordering: .relaxed)
  }

  /// Whether a number is one of them.
  package static func contains(_ value: Value) -> Bool {
    isInUse && known.withLock { $0.contains(value) }
  }
}

extension Value {
  /// The same value as something that came out of a secret: texts and keys in it are marked, numbers remembered.
  package var concealed: Value {
    switch self {
    case .text(let text): return .text(Text(text.string, marks: text.marks.union(.secret)))
    case .list(let elements): return .list(elements.map(\.concealed))
    case .dict(let map):
      return .dict(ValueMap(map.pairs.map { ($0.key.concealed, $0.value.concealed) }))
    case .int, .bigInt, .float:
      SecretNumbers.remember(self)
      return self
    case .null, .bool, .unknown: return self
    }
  }
}
