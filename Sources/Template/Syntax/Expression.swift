import Schema

/// An expression, resolved as far as the text alone allows.
indirect enum Expression: Sendable {
  case constant(Value, Site)
  case name(String, Site)
  case list([Expression], Site)
  case tuple([Expression], Site)
  case dict([DictItem], Site)
  case negate(Expression, Site)
  case plus(Expression, Site)
  case not(Expression, Site)
  case and(Expression, Expression)
  case or(Expression, Expression)
  case binary(BinaryOperator, Expression, Expression, Site)
  case concat([Expression], Site)
  case compare(Expression, [Comparison], Site)
  case conditional(test: Expression, then: Expression, otherwise: Expression?, Site)
  case attribute(Expression, String, Site)
  case item(Expression, Expression, Site)
  case slice(Expression, start: Expression?, stop: Expression?, step: Expression?, Site)
  case call(Expression, Arguments, Site)
  case filter(FilterCall)
  case test(TestCall)

  struct DictItem: Sendable {
    var key: Expression
    var value: Expression
  }

  struct Comparison: Sendable {
    var comparator: Comparator
    var operand: Expression
    var site: Site
  }

  struct FilterCall: Sendable {
    /// Nil inside a filter block, where the block's text is the subject.
    var subject: Expression?
    var name: String
    /// Nil where the name is unknown and the call may never be reached.
    var filter: Filter?
    var arguments: Arguments
    /// The name of the filter.
    var site: Site
  }

  struct TestCall: Sendable {
    var subject: Expression
    var name: String
    var test: Test?
    var arguments: Arguments
    var isNegated: Bool
    var site: Site
  }

  /// The place to point at for this expression.
  var site: Site {
    switch self {
    case .constant(_, let site), .name(_, let site), .list(_, let site), .tuple(_, let site),
      .dict(_, let site), .negate(_, let site), .plus(_, let site), .not(_, let site),
      .binary(_, _, _, let site), .concat(_, let site), .compare(_, _, let site),
      .conditional(_, _, _, let site), .attribute(_, _, let site), .item(_, _, let site),
      .slice(_, _, _, _, let site), .call(_, _, let site):
      site
    case .and(let left, let right), .or(let left, let right): left.site.through(right.site)
    case .filter(let call): call.subject.map { $0.site.through(call.site) } ?? call.site
    case .test(let call): call.subject.site.through(call.site)
    }
  }
}

/// The arguments of a call as written.
struct Arguments: Sendable {
  struct Keyword: Sendable {
    var name: String
    var value: Expression
  }

  var positional: [Expression] = []
  var keywords: [Keyword] = []
  /// The expression after `*`.
  var unpackedList: Expression?
  /// The expression after `**`.
  var unpackedDict: Expression?

  static let none = Arguments()

  var isEmpty: Bool {
    positional.isEmpty && keywords.isEmpty && unpackedList == nil && unpackedDict == nil
  }
}

/// The operators between two numbers or sequences.
enum BinaryOperator: String, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case floorDivide = "//"
  case modulo = "%"
  case power = "** or pow()"
}

/// The operators of comparisons.
enum Comparator: String, Sendable {
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case contained = "in"
  case notContained = "not in"
}
