import Diagnostics

/// What a YAML stream consists of, in order (YAML 1.2.2, section 3.1.1.1).
package enum Event: Sendable, Equatable {
  case streamStart
  case streamEnd
  case documentStart(isExplicit: Bool)
  case documentEnd(isExplicit: Bool)
  case sequenceStart(anchor: String?, tag: String?, isFlow: Bool)
  case sequenceEnd
  case mappingStart(anchor: String?, tag: String?, isFlow: Bool)
  case mappingEnd
  case scalar(anchor: String?, tag: String?, style: Node.Style, text: String)
  case alias(String)
}

extension Event: CustomStringConvertible {
  /// One line, as the event files of the YAML test suite have it.
  package var description: String {
    switch self {
    case .streamStart: "+STR"
    case .streamEnd: "-STR"
    case .documentStart(let isExplicit): isExplicit ? "+DOC ---" : "+DOC"
    case .documentEnd(let isExplicit): isExplicit ? "-DOC ..." : "-DOC"
    case .sequenceStart(let anchor, let tag, let isFlow):
      "+SEQ" + (isFlow ? " []" : "") + Self.describe(anchor, tag)
    case .sequenceEnd: "-SEQ"
    case .mappingStart(let anchor, let tag, let isFlow):
      "+MAP" + (isFlow ? " {}" : "") + Self.describe(anchor, tag)
    case .mappingEnd: "-MAP"
    case .scalar(let anchor, let tag, let style, let text):
      "=VAL" + Self.describe(anchor, tag) + " " + style.mark + Self.escaped(text)
    case .alias(let name): "=ALI *" + name
    }
  }

  private static func describe(_ anchor: String?, _ tag: String?) -> String {
    (anchor.map { " &" + $0 } ?? "") + (tag.map { " <" + $0 + ">" } ?? "")
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\0": result += "\\0"
      case "\u{8}": result += "\\b"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension Node.Style {
  /// The character that stands for the style in event files.
  var mark: String {
    switch self {
    case .plain: ":"
    case .singleQuoted: "'"
    case .doubleQuoted: "\""
    case .literal: "|"
    case .folded: ">"
    }
  }
}

extension Tree {
  /// The events of the document.
  package var events: [Event] {
    var events = [Event.documentStart(isExplicit: isExplicit)]
    var open: [(next: Int, end: Event)] = []
    for index in records.indices {
      while let last = open.last, last.next <= index {
        events.append(last.end)
        open.removeLast()
      }
      let record = records[index]
      let node = Node(tree: self, index: index)
      switch record.kind {
      case .gap: continue
      case .scalar:
        events.append(
          .scalar(anchor: node.anchor, tag: node.tag, style: record.style, text: node.text))
      case .alias:
        let range = record.range.lowerBound + 1..<record.range.upperBound
        events.append(.alias(String(decoding: file.bytes[range], as: UTF8.self)))
      case .sequence:
        events.append(
          .sequenceStart(anchor: node.anchor, tag: node.tag, isFlow: record.flags.contains(.flow)))
        open.append((Int(record.next), .sequenceEnd))
      case .mapping:
        events.append(
          .mappingStart(anchor: node.anchor, tag: node.tag, isFlow: record.flags.contains(.flow)))
        open.append((Int(record.next), .mappingEnd))
      }
    }
    events.append(contentsOf: open.reversed().map(\.end))
    events.append(.documentEnd(isExplicit: isClosed))
    return events
  }
}
