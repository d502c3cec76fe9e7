import Glibc
import Schema

/// Floats as Python writes them.
enum PythonFloat {
  /// Python's `repr`.
  static func representation(_ float: Double) -> String { float.shortestDecimal }

  /// C's `printf` of one float, such as `%.2f`.
  static func formatted(_ float: Double, _ format: String) -> String {
    var buffer = [CChar](repeating: 0, count: 512)
    let length = withVaList([float]) { vsnprintf(&buffer, buffer.count, format, $0) }
    if Int(length) >= buffer.count {
      buffer = [CChar](repeating: 0, count: Int(length) + 1)
      _ = withVaList([float]) { vsnprintf(&buffer, buffer.count, format, $0) }
    }
    return String(decoding: buffer.prefix(Int(length)).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Rounds to decimal digits, exactly half to even, as Python's `round` does.
  static func rounded(_ float: Double, digits: Int) -> Double {
    guard float.isFinite else { return float }
    if digits > 300 { return float }
    if digits >= 0 { return Double(formatted(float, "%.\(digits)f")) ?? float }
    let scale = pow(10, Double(-digits))
    return (float / scale).rounded(.toNearestOrEven) * scale
  }
}
