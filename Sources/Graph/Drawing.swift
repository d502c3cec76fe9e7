/// What a node looks like when a graph is printed.
package struct NodeLabel: Sendable, Hashable {
  /// The text shown.
  package var text: String
  /// Nodes of one group are drawn together; nil for none.
  package var group: String?

  package init(_ text: String, group: String? = nil) {
    self.text = text
    self.group = group
  }
}

extension DirectedGraph {
  /// The graph in the DOT language of Graphviz; `after` edges are dashed.
  package func dot(name: String, label: (Int) -> NodeLabel) -> String {
    var lines = ["digraph \(dotQuoted(name)) {", "  rankdir=LR;", "  node [shape=box];"]
    let (loose, groups) = grouped(label)
    for (node, text) in loose { lines.append("  n\(node) [label=\(dotQuoted(text))];") }
    for (place, group) in groups.enumerated() {
      lines.append("  subgraph cluster_\(place) {")
      lines.append("    label=\(dotQuoted(group.name));")
      for (node, text) in group.nodes {
        lines.append("    n\(node) [label=\(dotQuoted(text))];")
      }
      lines.append("  }")
    }
    for edge in edges {
      let style = edge.kind == .after ? " [style=dashed]" : ""
      lines.append("  n\(edge.from) -> n\(edge.to)\(style);")
    }
    lines.append("}")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The graph as a Mermaid flow chart; `after` edges are dotted.
  package func mermaid(label: (Int) -> NodeLabel) -> String {
    var lines = ["flowchart LR"]
    let (loose, groups) = grouped(label)
    for (node, text) in loose { lines.append("  n\(node)[\(mermaidQuoted(text))]") }
    for (place, group) in groups.enumerated() {
      lines.append("  subgraph g\(place) [\(mermaidQuoted(group.name))]")
      for (node, text) in group.nodes { lines.append("    n\(node)[\(mermaidQuoted(text))]") }
      lines.append("  end")
    }
    for edge in edges {
      lines.append("  n\(edge.from) \(edge.kind == .after ? "-.->" : "-->") n\(edge.to)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The graph as lines: every node in topological order, below it what it waits for.
  package func text(label: (Int) -> NodeLabel) -> String {
    var lines: [String] = []
    for node in topologicalOrder() ?? Array(0..<nodeCount) {
      lines.append(shown(label(node)))
      for edge in edges(to: node) {
        lines.append("  \(edge.kind.rawValue) \(shown(label(edge.from)))")
      }
    }
    return lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
  }

  private typealias DrawnNode = (node: Int, text: String)

  /// The nodes without a group, and the groups in the order of their first nodes.
  private func grouped(_ label: (Int) -> NodeLabel) -> (
    loose: [DrawnNode], groups: [(name: String, nodes: [DrawnNode])]
  ) {
    var loose: [DrawnNode] = []
    var groups: [(name: String, nodes: [DrawnNode])] = []
    var places: [String: Int] = [:]
    for node in 0..<nodeCount {
      let shown = label(node)
      guard let name = shown.group else {
        loose.append((node, shown.text))
        continue
      }
      if let place = places[name] {
        groups[place].nodes.append((node, shown.text))
      } else {
        places[name] = groups.count
        groups.append((name, [(node, shown.text)]))
      }
    }
    return (loose, groups)
  }

  private func shown(_ label: NodeLabel) -> String {
    label.group.map { "\($0): \(label.text)" } ?? label.text
  }

  private func dotQuoted(_ text: String) -> String {
    var quoted = ""
    for character in text.unicodeScalars {
      switch character {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      default: quoted.unicodeScalars.append(character)
      }
    }
    return "\"\(quoted)\""
  }

  private func mermaidQuoted(_ text: String) -> String {
    var quoted = ""
    for character in text.unicodeScalars {
      switch character {
      case "\"": quoted += "#quot;"
      case "#": quoted += "#35;"
      case "<": quoted += "#lt;"
      case ">": quoted += "#gt;"
      case "\n": quoted += "<br/>"
      default: quoted.unicodeScalars.append(character)
      }
    }
    return "\"\(quoted)\""
  }
}
