import Testing
import YAML

/// Types of plain scalars under both policies.
@Suite struct ScalarTypeTests {
  @Test(arguments: [
    ("", PlainScalar.null), ("~", .null), ("Null", .null), ("nULL", .string("nULL")),
    ("yes", .bool(true)), ("Off", .bool(false)), ("y", .string("y")), ("oN", .string("oN")),
    ("0", .int(0)), ("-0", .int(0)), ("+12", .int(12)), ("1_000", .int(1000)),
    ("0644", .int(420)), ("08", .string("08")), ("0o17", .string("0o17")), ("0x1F", .int(31)),
    ("-0b11", .int(-3)), ("0x", .string("0x")), ("0b", .string("0b")),
    ("9223372036854775807", .int(.max)), ("-9223372036854775808", .int(.min)),
    ("9223372036854775808", .bigInt("9223372036854775808")),
    ("0xFFFFFFFFFFFFFFFFFF", .bigInt("4722366482869645213695")),
    ("1.5", .float(1.5)), (".5", .float(0.5)), ("+.5", .string("+.5")), ("5.", .float(5)),
    ("1e3", .string("1e3")), ("1.0e3", .string("1.0e3")), ("1.0e+3", .float(1000)),
    ("1_0.5", .float(10.5)), ("-.inf", .float(-.infinity)), ("12:30", .string("12:30")),
    ("2024-01-01", .string("2024-01-01")), ("1.2.3", .string("1.2.3")), ("-", .string("-")),
    ("+", .string("+")), (".", .string(".")), ("-.", .string("-.")), ("_1", .string("_1")),
  ])
  func `playbooks mean what they meant to Ansible`(_ text: String, _ wanted: PlainScalar) {
    #expect(PlainScalar(text, .ansible) == wanted)
  }

  @Test(arguments: [
    ("", PlainScalar.null), ("yes", .string("yes")), ("True", .bool(true)), ("0644", .int(644)),
    ("0o17", .int(15)), ("-0o17", .string("-0o17")), ("0b1", .string("0b1")),
    ("1_0", .string("1_0")), ("1e3", .float(1000)), (".5", .float(0.5)), ("+.5", .float(0.5)),
    ("5.", .float(5)), (".", .string(".")), ("1e", .string("1e")), (".INF", .float(.infinity)),
    ("-.e1", .string("-.e1")), ("e1", .string("e1")),
  ])
  func `the core schema is that of YAML 1_2`(_ text: String, _ wanted: PlainScalar) {
    #expect(PlainScalar(text, .core) == wanted)
  }

  @Test func `not a number is a float`() {
    guard case .float(let value) = PlainScalar(".nan", .ansible) else {
      Issue.record("not a float")
      return
    }
    #expect(value.isNaN)
  }

  /// What is left out of PyYAML's table on purpose: base 60, dates, and the two words it fails on.
  private static let leftOut: Set = [
    "12:30", "12:30:45", "1:2", "190:20:30", "2024-01-01", "2024-01-01T10:00:00Z",
    "2001-12-14t21:59:43.10-05:00", "=", "<<",
  ]

  @Test(.enabled(if: SharedSuite.folder != nil, "no table of types is at hand"))
  func `the table of types agrees`() {
    let rows = SharedSuite.lines("extra/scalar-types.tsv").dropFirst().map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map { String($0) }
    }
    #expect(rows.count > 60)
    for row in rows where row.count == 4 {
      let text = row[0]
      #expect(
        Self.describe(PlainScalar(text, .core), core: true) == Self.core(row[3]), "core: \(text)")
      if Self.leftOut.contains(text) {
        #expect(PlainScalar(text, .ansible) == .string(text))
      } else {
        #expect(
          Self.describe(PlainScalar(text, .ansible), core: false) == row[1], "ansible: \(text)")
      }
    }
  }

  /// JavaScript has one kind of number: `int 1000` may be a float.
  private static func core(_ cell: String) -> String {
    let words = cell.split(separator: " ")
    guard words.count == 2, words[0] == "int" || words[0] == "float" else { return cell }
    let text = words[1].replacing("Infinity", with: "inf").replacing("NaN", with: "nan")
    return Double(text).map { "number \($0)" } ?? cell
  }

  private static func describe(_ scalar: PlainScalar, core: Bool) -> String {
    switch scalar {
    case .null: "null"
    case .bool(let value): core ? "bool \(value)" : value ? "bool True" : "bool False"
    case .int(let value): core ? "number \(Double(value))" : "int \(value)"
    case .bigInt(let digits): "int \(digits)"
    case .float(let value): core ? "number \(value)" : "float \(value)"
    case .string: "str"
    }
  }
}
