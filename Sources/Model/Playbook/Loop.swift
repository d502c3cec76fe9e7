import Diagnostics
import Schema
import Template

/// What a task is repeated over.
package struct Loop: Sendable {
  /// The keyword that was used, which says how its value becomes items.
  package enum Form: String, Sendable, CaseIterable {
    /// A list, taken as it is.
    case loop
    /// A list whose elements, where they are lists, are opened one level.
    case items = "with_items"
    /// A list, taken as it is.
    case list = "with_list"
    /// A dictionary: items are `{key, value}`.
    case dict = "with_dict"
    /// Shell patterns: the files of the controller that match.
    case fileGlob = "with_fileglob"
    /// `start=1 end=9 stride=2 format=node%02d`.
    case sequence = "with_sequence"
    /// Lists, read side by side.
    case together = "with_together"
    /// Lists, every combination.
    case nested = "with_nested"
    /// A list: items are `[index, element]`.
    case indexedItems = "with_indexed_items"
    /// Lists, opened all the way down.
    case flattened = "with_flattened"
    /// Paths: the first that exists on the controller.
    case firstFound = "with_first_found"
    /// Patterns of hosts: the names they match.
    case inventoryHostnames = "with_inventory_hostnames"
    /// Lists, every combination.
    case cartesian = "with_cartesian"
    /// A list of dictionaries and a key: items are `[dictionary, element of what lies under the key]`.
    case subelements = "with_subelements"
    /// A list: one element of it.
    case randomChoice = "with_random_choice"
    /// Commands of the controller: the lines that they print.
    case lines = "with_lines"
    case env = "with_env"
    case file = "with_file"
    case vars = "with_vars"
    case varnames = "with_varnames"
    case pipe = "with_pipe"
    case template = "with_template"
    case ini = "with_ini"
    case csvfile = "with_csvfile"
    case password = "with_password"

    /// The lookup whose results are the items.
    var lookup: String { String(rawValue.dropFirst("with_".count)) }
  }

  package let form: Form
  package let source: ArgumentSource
  package let control: LoopControl

  package init(form: Form, source: ArgumentSource, control: LoopControl) {
    self.form = form
    self.source = source
    self.control = control
  }
}

/// `loop_control`.
package struct LoopControl: Sendable {
  /// The name of the item; `item` unless set.
  package var variable = "item"
  /// A name for the position, from 0.
  package var indexVariable: String?
  /// What is shown instead of the item.
  package var label: ArgumentSource?
  /// Seconds between items.
  package var pause: Setting<Double>?
  /// Whether `ansible_loop` is set.
  package var isExtended = false
  /// Ends the loop after an item for which they hold.
  package var breakWhen: [CompiledCondition] = []

  package init() {}
}

extension Loop {
  /// The items, rendered.
  package func items(_ renderer: Renderer) throws(Diagnostic) -> Resolved<[Value]> {
    try LoopItems(loop: self, renderer: renderer).items()
  }

  /// The variables of one pass (from 0): the item, its index, and `ansible_loop` where it is asked for.
  package func variables(of index: Int, in items: [Value]) -> [String: Value] {
    var names: [String: Value] = [
      control.variable: items[index], "ansible_loop_var": .string(control.variable),
    ]
    if let name = control.indexVariable {
      names[name] = .int(index)
      names["ansible_index_var"] = .string(name)
    }
    if control.isExtended { names["ansible_loop"] = .dict(extended(index, items)) }
    return names
  }

  private func extended(_ index: Int, _ items: [Value]) -> ValueMap {
    var map: ValueMap = [
      "allitems": .list(items), "index": .int(index + 1), "index0": .int(index),
      "first": .bool(index == 0), "last": .bool(index + 1 == items.count),
      "length": .int(items.count), "revindex": .int(items.count - index),
      "revindex0": .int(items.count - index - 1),
    ]
    if index > 0 { map["previtem"] = items[index - 1] }
    if index + 1 < items.count { map["nextitem"] = items[index + 1] }
    return map
  }
}
