import Diagnostics
import Schema

/// What an etcd member is told by its environment, checked: values in circulation that keep it from starting, or that
/// hurt a cluster, are refused with the reason.
struct EtcdSettings: Sendable {
  /// `ETCD_...` variables in the order of the file.
  private(set) var variables: [(name: String, value: String)] = []

  mutating func set(_ name: String, _ value: String) { variables.append((name, value)) }

  var environment: [String: String] {
    Dictionary(variables.map { ($0.name, $0.value) }, uniquingKeysWith: { _, later in later })
  }

  /// The text of a systemd EnvironmentFile: systemd.exec(5), values in double quotes.
  var file: String {
    let lines = variables.map { name, value in "\(name)=\"\(EtcdSettings.escaped(value))\"" }
    return "# Written by spile; what is changed here by hand is set back.\n"
      + lines.joined(separator: "\n") + "\n"
  }

  private static func escaped(_ value: String) -> String {
    value.reduce(into: "") { text, character in
      if "\\\"$`".contains(character) { text.append("\\") }
      text.append(character)
    }
  }
}

extension EtcdSettings {
  /// The numbers of a member, with their rules.
  ///
  /// etcd 3.5 `embed.Config.Validate`: the election timeout is at least 5 heartbeats and at most 50000 ms; its tuning
  /// guide: 10 round trips and more. Requests above 10 MiB are warned of; the default is 1.5 MiB. The quota's advised
  /// bound is 8 GiB.
  enum Number: String, CaseIterable, Sendable {
    case heartbeat = "heartbeat_interval"
    case election = "election_timeout"
    case snapshotCount = "snapshot_count"
    case quota = "quota_backend_bytes"
    case maxRequest = "max_request_bytes"

    var variable: String { "ETCD_" + rawValue.uppercased() }

    var unit: String? {
      switch self {
      case .heartbeat, .election: "ms"
      case .snapshotCount: nil
      case .quota, .maxRequest: "bytes"
      }
    }

    /// Why a number is wrong; nil when it is right.
    func objection(_ number: Int) -> (message: String, help: String)? {
      switch self {
      case .heartbeat where !(10...5000).contains(number):
        (
          "`heartbeat_interval` is \(number) ms",
          "about the longest round trip between members: 100 in a LAN, at most 5000"
        )
      case .election where number > 50_000 || number < 50:
        ("`election_timeout` is \(number) ms", "from 10 heartbeats on, at most 50000 ms")
      case .snapshotCount where number < 1000:
        (
          "`snapshot_count` is \(number)",
          "10000 is the default of etcd 3.6, 100000 that of 3.5; it trims the log and is no backup"
        )
      case .quota where number != 0 && number < 256 << 20:
        ("`quota_backend_bytes` is \(number)", "at least 256 MiB; 8589934592 (8 GiB) is advised")
      case .quota where number > 16 << 30:
        (
          "`quota_backend_bytes` is \(number >> 30) GiB",
          "8 GiB is the advised bound: a larger database makes recovery and defragmentation stall"
        )
      case .maxRequest where number > 10 << 20:
        (
          "`max_request_bytes` is \(number >> 20) MiB, above the 10 MiB that etcd warns of",
          "leave it at 1572864: the apiserver sends at most 3 MiB, its client 2 MiB; more only lengthens stalls"
        )
      case .maxRequest where number < 1 << 20:
        ("`max_request_bytes` is \(number)", "1572864 (1.5 MiB) is the default")
      default: nil
      }
    }
  }
}

/// A number as etcd takes it: without a unit.
struct EtcdNumber: ParameterType {
  static let typeDescription = "integer"
  let value: Int

  init(_ value: Int) { self.value = value }

  init(_ argument: Argument) throws(Diagnostic) {
    let text = argument.sourceText ?? ""
    guard let value = Int(text) else {
      let digits = text.prefix { $0.isNumber }
      throw argument.wrong(
        "argument-type", "must be a plain number, not \(argument.shown)",
        help: digits.isEmpty
          ? "write a number"
          : "write `\(digits)`: with a unit etcd does not start; times are milliseconds, sizes bytes"
      )
    }
    self.value = value
  }
}
