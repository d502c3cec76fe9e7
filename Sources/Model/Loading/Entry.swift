import Diagnostics
import YAML

/// A mapping of words: a play, a block, a task.
struct Entry {
  /// One word with its value.
  struct Word {
    let name: String
    let key: Node
    let value: Node
  }

  let node: Node
  let words: [Word]

  /// The value of a word; nil when it is not there.
  subscript(_ name: String) -> Node? { words.first { $0.name == name }?.value }

  /// A word with its key; nil when it is not there.
  func word(_ name: String) -> Word? { words.first { $0.name == name } }
}

extension LoadSession {
  /// A mapping as an entry; nil, and reported, for anything else.
  func entry(_ node: Node, title: String, path: String) -> Entry? {
    guard node.kind == .mapping else {
      report(
        "wrong-type", "a \(title) is a mapping, found \(found(node))", at: node.span, path: path)
      return nil
    }
    var words: [Entry.Word] = []
    for (key, value) in node.pairs {
      guard key.kind == .scalar else {
        report(
          "complex-key", "a \(key.kindName) cannot be a key here", at: key.span,
          help: "use a text as the key, in quotes if it has special characters")
        continue
      }
      words.append(Entry.Word(name: key.text, key: key, value: value))
    }
    return Entry(node: node, words: words)
  }

  /// Reports the words of an entry that are not known.
  func checkWords(_ entry: Entry, title: String, known: Set<String>, path: String) {
    for word in entry.words where !known.contains(word.name) {
      reportUnknown(word, title: title, known: known, path: path)
    }
  }

  /// Reports one word that is not known, with the known one that is most like it.
  func reportUnknown(_ word: Entry.Word, title: String, known: some Sequence<String>, path: String)
  {
    let near = suggestion(for: word.name, among: known.sorted { ($1.count, $0) < ($0.count, $1) })
    report(
      "unknown-key", "unknown \(title) keyword `\(word.name)`", at: word.key.span,
      underline: near.map { "did you mean `\($0)`?" },
      help: near == nil ? "remove it: nothing like it is known here" : nil, path: path)
  }

  /// What a node is, for messages: `text`, `a list`, `nothing`.
  func found(_ node: Node) -> String {
    switch node.kind {
    case .scalar: node.isNull ? "nothing" : "text"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}
