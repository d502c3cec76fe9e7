import Diagnostics

/// How hosts take turns in a block: `rolling: {max_unavailable: 1, order: "{{ ... }}"}`.
///
/// Only hosts that have something to do take a turn, from their first step in the block to the block's end, so the last
/// tasks of the block are the gate that lets the next host begin. A host that fails counts as unavailable from then on.
package struct Rolling: Sendable {
  /// How many hosts may be in their turn or have failed, at most; at least 1, and 1 where it is not given.
  package let maxUnavailable: Setting<Int>?
  /// A number for each host: lower ones go first, equal ones in the inventory's order; 0 where it is not given.
  package let order: Setting<Int>?
  /// Where it is written; tells one block from another.
  package let span: Span

  package init(maxUnavailable: Setting<Int>?, order: Setting<Int>?, span: Span) {
    self.maxUnavailable = maxUnavailable
    self.order = order
    self.span = span
  }
}
