import Schema

/// A variable compared with a constant text: `state == 'yes'`.
package struct TextComparison: Sendable {
  /// The variable.
  package let name: String
  /// The constant.
  package let text: String
  /// The UTF-8 range of the constant in the template text.
  package let range: Range<Int>
}

extension CompiledTemplate {
  /// Every variable that a condition compares with a constant text by `==` or `!=`.
  package var textComparisons: [TextComparison] {
    guard let expression = unit.soleExpression else { return [] }
    var found: [TextComparison] = []
    collect(expression, &found)
    return found
  }

  private func collect(_ expression: Expression, _ found: inout [TextComparison]) {
    switch expression {
    case .and(let left, let right), .or(let left, let right):
      collect(left, &found)
      collect(right, &found)
    case .not(let operand, _): collect(operand, &found)
    case .compare(.name(let name, _), let comparisons, _):
      guard comparisons.count == 1, let comparison = comparisons.first,
        comparison.comparator == .equal || comparison.comparator == .notEqual,
        case .constant(let value, let site) = comparison.operand, let text = value.string
      else { return }
      let start = unit.source.originalOffset(site.start)
      found.append(
        TextComparison(name: name, text: text, range: start..<start + text.utf8.count + 2))
    default: return
    }
  }
}
