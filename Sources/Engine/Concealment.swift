import Diagnostics
import Model
import ModuleKit
import Schema
import Vault

/// Takes known secrets out of what a task has to show: what hosts sent back, and what modules made of arguments.
struct Concealment {
  let secrets: KnownSecrets
  /// The secret texts among the arguments of the task: looked for however short they are.
  let own: [String]

  init(secrets: KnownSecrets, own: [String]) {
    self.secrets = secrets
    self.own = own.filter { $0.utf8.count >= 3 }.sorted { $1.utf8.count < $0.utf8.count }
  }

  private func occur(in bytes: some Sequence<UInt8>) -> Bool {
    let bytes = Array(bytes)
    return secrets.occur(in: bytes) || own.contains { KnownSecrets.contains($0, in: bytes) }
  }

  private func masked(_ text: String) -> String {
    guard occur(in: text.utf8) else { return text }
    return own.reduce(secrets.masked(text)) { KnownSecrets.masking($1, in: $0) }
  }

  /// Everything about an item that reports and variables are made of.
  func conceal(_ item: inout ItemResult) {
    item.changes = item.changes.map(change)
    if own.isEmpty, secrets.isEmpty { return }
    item.result.values = ValueMap(
      item.result.values.pairs.map { ($0.key, value($0.value)) })
    if isEncodedSecret(item.result.values), let content = item.result.values["content"] {
      item.result.values["content"] = content.marked(.secret)
    }
    item.result.failure = item.result.failure.map(failure)
    item.result.skipReason = item.result.skipReason.map(masked)
    item.message = item.message.map(value)
    item.mispredicted = item.mispredicted.map(masked)
    switch item.outcome {
    case .failed(let failure): item.outcome = .failed(self.failure(failure))
    case .ignored(let failure): item.outcome = .ignored(self.failure(failure))
    case .skipped(let reason): item.outcome = .skipped(reason: masked(reason))
    case .ok, .changed, .maybe, .opaque, .blocked: break
    }
  }

  /// The value with every text marked that holds a secret.
  private func value(_ value: Value) -> Value {
    switch value {
    case .text(let text):
      guard !text.marks.contains(.secret), occur(in: text.string.utf8) else { return value }
      return value.marked(.secret)
    case .list(let elements): return .list(elements.map { self.value($0) })
    case .dict(let map):
      return .dict(ValueMap(map.pairs.map { (self.value($0.key), self.value($0.value)) }))
    case .null, .bool, .int, .bigInt, .float, .unknown: return value
    }
  }

  /// Whether a result is the content of a file in base64, as `slurp` has it, with a secret in it.
  private func isEncodedSecret(_ values: ValueMap) -> Bool {
    guard values["encoding"]?.string == "base64", let text = values["content"]?.string else {
      return false
    }
    return occur(in: bytes(ofBase64: text))
  }

  private func bytes(ofBase64 text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var (buffer, count): (UInt32, Int) = (0, 0)
    for character in text.utf8 {
      let digit: UInt8
      switch character {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = character - UInt8(ascii: "A")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = character - UInt8(ascii: "a") + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0") + 52
      case UInt8(ascii: "+"): digit = 62
      case UInt8(ascii: "/"): digit = 63
      default: continue
      }
      buffer = buffer << 6 | UInt32(digit)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(count)))
      }
    }
    return bytes
  }

  /// Where one side of a change holds a secret, the other may hold the one before: both are masked.
  private func change(_ change: Change) -> Change {
    var change = change
    change.subject = masked(change.subject)
    if isSecret(change.before) || isSecret(change.after) {
      if change.before != .absent { change.before = .secret }
      if change.after != .absent { change.after = .secret }
    }
    return change
  }

  private func isSecret(_ shown: Shown) -> Bool {
    switch shown {
    case .text(let text), .content(let text): occur(in: text.utf8)
    case .secret: true
    case .absent, .bytes, .unknown: false
    }
  }

  private func failure(_ failure: TaskFailure) -> TaskFailure {
    var failure = failure
    failure.message = masked(failure.message)
    failure.step = failure.step.map(masked)
    failure.output = masked(failure.output)
    failure.errors = masked(failure.errors)
    failure.help = failure.help.map(masked)
    failure.diagnostic = failure.diagnostic.map(diagnostic)
    return failure
  }

  /// What somebody wrote wrong, without the secrets in it.
  func diagnostic(_ diagnostic: Diagnostic) -> Diagnostic {
    var diagnostic = diagnostic
    diagnostic.message = masked(diagnostic.message)
    diagnostic.notes = diagnostic.notes.map(masked)
    diagnostic.help = diagnostic.help.map(masked)
    diagnostic.underline = diagnostic.underline.map(masked)
    for span in [diagnostic.span].compactMap(\.self) + diagnostic.labels.map(\.span)
    where occur(in: span.file.text(ofLine: span.position.line).utf8) {
      diagnostic.hidesSource = true
    }
    return diagnostic
  }
}

extension Value {
  /// The secret texts inside.
  var secretTexts: [String] {
    switch self {
    case .text(let text):
      text.marks.contains(.secret) && !text.marks.contains(.encrypted) ? [text.string] : []
    case .list(let elements): elements.flatMap(\.secretTexts)
    case .dict(let map): map.pairs.flatMap { $0.key.secretTexts + $0.value.secretTexts }
    case .null, .bool, .int, .bigInt, .float, .unknown: []
    }
  }
}
