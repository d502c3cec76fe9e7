import Diagnostics

/// The node API while the parser is being written.
package struct Node: Sendable, Hashable {
  package enum Kind: Sendable { case scalar, sequence, mapping }
  package enum Style: Sendable { case plain, singleQuoted, doubleQuoted, literal, folded }
  package var kind: Kind
  package var style: Style
  package var span: Span
  package var tag: String?
  package var text: String
  package var elements: [Node]
  package var pairs: [(key: Node, value: Node)] { [] }
  package subscript(_ key: String) -> Node? { nil }
  package var hasTemplate: Bool { text.contains("{{") }
  package func resolved(_ policy: TypePolicy = .ansible) -> PlainScalar { .string(text) }
}

package enum TypePolicy: Sendable { case ansible, core }

package enum PlainScalar: Sendable, Equatable {
  case null, bool(Bool), int(Int), bigInt(String), float(Double), string(String)
}
