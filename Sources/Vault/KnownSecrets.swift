import Glibc
import Synchronization

/// The secret texts that were met so far: what a host sends back is searched for them.
///
/// Marks follow a secret through templates and tasks, but not through a host: `cat` of a file that
/// holds a password prints plain text. Texts of fewer than eight bytes are not searched for, since
/// they would be found everywhere; of texts with several lines each long line counts as well.
package final class KnownSecrets: Sendable {
  /// The fewest UTF-8 bytes of a text that is searched for.
  package static let shortest = 8

  private let texts = Mutex<Set<String>>([])

  package init() {}

  /// Remembers a secret.
  package func remember(_ text: String) {
    let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingBlanks }
    let found =
      (lines.count > 1 ? lines.filter { $0.utf8.count >= 16 } : []) + [text.trimmingBlanks]
    for text in found where text.utf8.count >= Self.shortest {
      texts.withLock { _ = $0.insert(text) }
    }
  }

  /// Whether none was met.
  package var isEmpty: Bool { texts.withLock { $0.isEmpty } }

  /// Whether any of them is in bytes.
  package func occur(in bytes: some Sequence<UInt8>) -> Bool {
    let secrets = texts.withLock { $0 }
    if secrets.isEmpty { return false }
    let bytes = Array(bytes)
    return secrets.contains { Self.contains($0, in: bytes) }
  }

  /// The text with every secret in it replaced, longer ones first.
  package func masked(_ text: String) -> String {
    guard occur(in: text.utf8) else { return text }
    return texts.withLock { $0 }
      .sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
      .reduce(text) { Self.masking($1, in: $0) }
  }

  /// Whether the UTF-8 of a text is in bytes.
  package static func contains(_ text: String, in bytes: [UInt8]) -> Bool {
    var text = text
    return text.withUTF8 { needle in
      bytes.withUnsafeBytes { bytes in
        guard let first = needle.first, let pattern = needle.baseAddress else { return true }
        guard let start = bytes.baseAddress, bytes.count >= needle.count else { return false }
        var (place, left) = (start, bytes.count - needle.count + 1)
        while left > 0, let found = memchr(place, Int32(first), left) {
          if memcmp(found, pattern, needle.count) == 0 { return true }
          left -= UnsafeRawPointer(found) - place + 1
          place = UnsafeRawPointer(found) + 1
        }
        return false
      }
    }
  }

  /// A text with a secret in it replaced.
  package static func masking(_ secret: String, in text: String) -> String {
    let (needle, bytes) = (Array(secret.utf8), Array(text.utf8))
    guard !needle.isEmpty, contains(secret, in: bytes) else { return text }
    var (result, rest) = ([UInt8](), bytes[...])
    while !rest.isEmpty {
      if rest.starts(with: needle) {
        result += "[secret]".utf8
        rest = rest.dropFirst(needle.count)
      } else {
        result.append(rest.removeFirst())
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

extension StringProtocol {
  /// Without blanks at both ends.
  fileprivate var trimmingBlanks: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
