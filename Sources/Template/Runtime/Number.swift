import BigInt
import Glibc
import Schema

/// A number as Python has it: booleans count as integers.
enum Number {
  case int(BigInt)
  case small(Int)
  case float(Double)

  init?(_ item: Item) {
    switch item {
    case .value(.int(let int)): self = .small(int)
    case .value(.bool(let bool)): self = .small(bool ? 1 : 0)
    case .value(.float(let float)): self = .float(float)
    case .value(.bigInt(let big)): self = .int(big)
    default: return nil
    }
  }

  var big: BigInt? {
    switch self {
    case .small(let int): BigInt(int)
    case .int(let big): big
    case .float: nil
    }
  }

  var double: Double {
    switch self {
    case .small(let int): Double(int)
    case .int(let big): Double(big)
    case .float(let float): float
    }
  }

  var isZero: Bool {
    switch self {
    case .small(let int): int == 0
    case .int: false
    case .float(let float): float == 0
    }
  }

  /// Nil where one of them is not a number.
  static func compare(_ left: Number, _ right: Number) -> Ordering {
    switch (left, right) {
    case (.small(let left), .small(let right)):
      return left < right ? .less : left == right ? .equal : .greater
    case (.float(let left), .float(let right)): return compare(left, right)
    case (.float(let float), _): return compare(right, toFloat: float).reversed
    case (_, .float(let float)): return compare(left, toFloat: float)
    default:
      guard let left = left.big, let right = right.big else { return .unordered }
      return left < right ? .less : left == right ? .equal : .greater
    }
  }

  private static func compare(_ left: Double, _ right: Double) -> Ordering {
    if left < right { return .less }
    if left > right { return .greater }
    return left == right ? .equal : .unordered
  }

  /// Exact, as in Python: a large integer is not rounded first.
  private static func compare(_ integer: Number, toFloat float: Double) -> Ordering {
    guard float.isFinite else { return compare(0, float) }
    guard let big = integer.big, let whole = BigInt(exactly: float.rounded(.towardZero)) else {
      return .unordered
    }
    if big != whole { return big < whole ? .less : .greater }
    return compare(0, float - float.rounded(.towardZero))
  }

  enum Ordering {
    case less, equal, greater, unordered

    var reversed: Ordering {
      switch self {
      case .less: .greater
      case .greater: .less
      case .equal, .unordered: self
      }
    }
  }
}

extension Item {
  static func integer(_ big: BigInt) -> Item { .value(.integer(big)) }
}

/// Arithmetic with Python's results.
enum Arithmetic {
  static func apply(
    _ operation: BinaryOperator, _ left: Number, _ right: Number
  ) throws -> Item {
    switch (left, right) {
    case (.float, _), (_, .float): return try floats(operation, left.double, right.double)
    case (.small(let left), .small(let right)):
      if let fast = try smalls(operation, left, right) { return fast }
    default: break
    }
    guard let left = left.big, let right = right.big else { return .null }
    return try bigs(operation, left, right)
  }

  /// Nil where the result does not fit.
  private static func smalls(
    _ operation: BinaryOperator, _ left: Int, _ right: Int
  ) throws -> Item? {
    let result: (partialValue: Int, overflow: Bool)
    switch operation {
    case .add: result = left.addingReportingOverflow(right)
    case .subtract: result = left.subtractingReportingOverflow(right)
    case .multiply: result = left.multipliedReportingOverflow(by: right)
    case .floorDivide where right != 0 && right != -1:
      let quotient = left / right
      return .int(left % right != 0 && (left < 0) != (right < 0) ? quotient - 1 : quotient)
    case .modulo where right != 0 && right != -1:
      let remainder = left % right
      return .int(remainder != 0 && (remainder < 0) != (right < 0) ? remainder + right : remainder)
    case .divide where right != 0 && abs(left) < 1 << 53 && abs(right) < 1 << 53:
      return .float(Double(left) / Double(right))
    default: return nil
    }
    return result.overflow ? nil : .int(result.partialValue)
  }

  private static func bigs(
    _ operation: BinaryOperator, _ left: BigInt, _ right: BigInt
  ) throws -> Item {
    switch operation {
    case .add: return .integer(left + right)
    case .subtract: return .integer(left - right)
    case .multiply:
      guard left.bitWidth + right.bitWidth < bitLimit else { throw tooLarge }
      return .integer(left * right)
    case .divide:
      guard right != 0 else { throw zeroDivision("division by zero") }
      return .float(Double(left) / Double(right))
    case .floorDivide, .modulo:
      guard right != 0 else { throw zeroDivision("integer division or modulo by zero") }
      var (quotient, remainder) = left.quotientAndRemainder(dividingBy: right)
      if remainder != 0, (remainder < 0) != (right < 0) {
        quotient -= 1
        remainder += right
      }
      return .integer(operation == .modulo ? remainder : quotient)
    case .power: return try power(left, right)
    }
  }

  private static let bitLimit = 1 << 20
  private static let tooLarge = TemplateError(
    .value, "the result has more than a million bits", line: 0)

  private static func power(_ base: BigInt, _ exponent: BigInt) throws -> Item {
    guard exponent >= 0 else {
      guard base != 0 else {
        throw zeroDivision("0 cannot be raised to a negative power")
      }
      return .float(pow(Double(base), Double(exponent)))
    }
    if base == 0 || base == 1 { return .integer(exponent == 0 ? 1 : base) }
    if base == -1 { return .int(exponent % 2 == 0 ? 1 : -1) }
    guard let count = Int(exactly: exponent), count < bitLimit,
      count * base.magnitude.bitWidth < bitLimit
    else { throw tooLarge }
    return .integer(base.power(count))
  }

  private static func floats(
    _ operation: BinaryOperator, _ left: Double, _ right: Double
  ) throws -> Item {
    switch operation {
    case .add: return .float(left + right)
    case .subtract: return .float(left - right)
    case .multiply: return .float(left * right)
    case .divide:
      guard right != 0 else { throw zeroDivision("float division by zero") }
      return .float(left / right)
    case .floorDivide:
      guard right != 0 else { throw zeroDivision("float floor division by zero") }
      return .float(floorDivided(left, right))
    case .modulo:
      guard right != 0 else { throw zeroDivision("float modulo by zero") }
      return .float(modulo(left, right))
    case .power:
      if left == 0, right < 0 {
        throw zeroDivision("0.0 cannot be raised to a negative power")
      }
      if left < 0, right.rounded() != right {
        throw TemplateError(.value, "a negative number to a fractional power", line: 0)
      }
      let result = pow(left, right)
      if result.isInfinite, left.isFinite, right.isFinite {
        throw TemplateError(.value, "the result is too large for a float", line: 0)
      }
      return .float(result)
    }
  }

  /// The remainder with the sign of the divisor.
  private static func modulo(_ left: Double, _ right: Double) -> Double {
    var result = fmod(left, right)
    if result != 0 {
      if (right < 0) != (result < 0) { result += right }
    } else {
      result = copysign(0, right)
    }
    return result
  }

  private static func floorDivided(_ left: Double, _ right: Double) -> Double {
    let quotient = (left - modulo(left, right)) / right
    guard quotient != 0 else { return copysign(0, left / right) }
    let floored = floor(quotient)
    return quotient - floored > 0.5 ? floored + 1 : floored
  }

  static func zeroDivision(_ message: String) -> TemplateError {
    TemplateError(.zeroDivision, message, line: 0)
  }
}
