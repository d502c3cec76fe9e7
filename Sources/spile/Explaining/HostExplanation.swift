import Diagnostics
import Model
import Report
import Schema

/// The groups of a host, and the ways by which it got into each.
struct HostExplanation {
  let host: Host
  let inventory: Inventory

  /// One step of a way: a group, or the host at the end.
  private struct Step {
    let name: String
    /// Where it was put below the one before it; nil where nobody wrote that.
    let span: Span?
  }

  /// More ways into one group are only counted.
  private static let mostWays = 8

  var lines: [String] {
    var lines = ["\(host.name)\(place(host.span))"]
    for group in inventory.groups(of: host) {
      var text = "  \(group.name): depth \(group.depth)"
      if group.priority != 1 { text += ", priority \(group.priority)" }
      lines.append(text)
      let ways = ways(from: group)
      for way in ways.prefix(Self.mostWays) {
        lines.append("    " + way.map { "\($0.name)\(note($0.span))" }.joined(separator: " > "))
      }
      if ways.count > Self.mostWays {
        lines.append("    and \(ways.count - Self.mostWays) more ways")
      }
    }
    lines.append("  later groups override earlier ones: by depth, priority, then name")
    return lines
  }

  var json: Value {
    let groups = inventory.groups(of: host).map { group -> Value in
      let ways = ways(from: group).map { way in
        Value.list(
          way.map { ["name": .string($0.name), "place": JSONPlace.value($0.span)] })
      }
      return [
        "name": .string(group.name), "depth": .int(group.depth),
        "priority": .int(group.priority), "ways": .list(ways),
      ]
    }
    return [
      "host": .string(host.name), "place": JSONPlace.value(host.span), "groups": .list(groups),
    ]
  }

  /// Every chain of children from a group down to the host.
  private func ways(from group: Group) -> [[Step]] {
    ways(from: group, reached: Step(name: group.name, span: group.span))
  }

  private func ways(from group: Group, reached step: Step) -> [[Step]] {
    var ways: [[Step]] = []
    if group.directHosts.contains(host.name) {
      ways.append([step, Step(name: host.name, span: group.hostPlaces[host.name])])
    }
    for name in group.children where host.groups.contains(name) {
      guard let child = inventory.group(named: name) else { continue }
      let next = Step(name: name, span: group.childPlaces[name])
      ways += self.ways(from: child, reached: next).map { [step] + $0 }
    }
    return ways
  }

  private func place(_ span: Span?) -> String { span.map { "  \($0.line)" } ?? "" }

  private func note(_ span: Span?) -> String { span.map { " (\($0.line))" } ?? "" }
}

extension Span {
  /// `file:line`.
  var line: String { "\(file.name):\(position.line)" }
}

/// Places in JSON.
enum JSONPlace {
  /// `file:line:column`; null where there is none.
  static func value(_ span: Span?) -> Value { span.map { .string($0.location) } ?? .null }
}
