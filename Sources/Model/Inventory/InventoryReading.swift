import Diagnostics
import Schema

/// What the readers of all kinds of inventories have in common: the draft that grows, and what was found wrong.
struct InventoryReading {
  var draft = InventoryDraft()
  var builder = SourceBuilder()
  /// The source being read, as an absolute path: `inventory_file` of the hosts that it names first.
  var source: String?

  // MARK: Hosts

  /// The hosts that a text such as `web[1:3]:2222` names, put into a group; none, and reported, when it cannot be read.
  ///
  /// As in Ansible a port counts only where a host is named for the first time.
  mutating func addHosts(_ text: String, to group: String, at span: Span?) -> [String] {
    let (pattern, port) = HostRange.address(text)
    let names: [String]
    do throws(HostRange.Failure) {
      names = try HostRange.names(pattern)
    } catch {
      report("host-range", "`\(text)`: \(error.message)", at: span)
      return []
    }
    let origin = Origin(.inventoryFileHost, span: span, owner: span == nil ? "-i" : nil)
    var late: [String] = []
    for name in names {
      let isNew = draft.hosts[name] == nil
      draft.addHost(name, to: group, at: span, source: source)
      guard let port else { continue }
      if isNew {
        addVariables(["ansible_port": Variable(.int(port), origin)], toHost: name)
      } else {
        late.append(name)
      }
    }
    if let first = late.first {
      builder.bag.add(
        Diagnostic(
          .warning, "late-port", "the port of `\(first)` counts only where it is first named",
          at: span, help: "write `ansible_port=\(port ?? 22)` instead"))
    }
    return names
  }

  mutating func addVariables(_ variables: [String: Variable], toHost name: String) {
    draft.addLayer(VariableLayer(.inventoryFileHost, variables), toHost: name)
  }

  // MARK: Groups

  /// Variables of a group; `ansible_group_priority` is none of them, but says how strong the group is.
  mutating func addVariables(_ variables: [String: Variable], toGroup name: String) {
    var variables = variables
    if let priority = variables.removeValue(forKey: Self.priority) {
      if let number = Self.integer(priority.value) {
        draft.groups[name]?.priority = number
      } else {
        report("wrong-type", "`\(Self.priority)` must be an integer", at: priority.origin.span)
      }
    }
    draft.addLayer(VariableLayer(.inventoryFileGroup, variables), toGroup: name)
  }

  /// The variable that says how strong a group is among those of one depth.
  static let priority = "ansible_group_priority"

  private static func integer(_ value: Value) -> Int? {
    switch value {
    case .int(let number): number
    case .text(let text): Int(text.string)
    default: nil
    }
  }

  /// Puts a group below another one; reported where that makes a circle.
  mutating func addChild(_ child: String, to parent: String, at span: Span?) {
    guard !draft.isBelow(parent, child) else {
      report(
        "group-cycle",
        child == parent
          ? "the group `\(child)` cannot be its own child"
          : "the group `\(child)` contains `\(parent)` already, and cannot be its child",
        at: span)
      return
    }
    draft.addChild(child, to: parent, at: span)
  }

  // MARK: Mistakes

  mutating func report(
    _ id: String, _ message: String, at span: Span?, underline: String? = nil, help: String? = nil
  ) {
    builder.bag.add(
      Diagnostic(.error, id, message, at: span, underline: underline, help: help))
  }
}
