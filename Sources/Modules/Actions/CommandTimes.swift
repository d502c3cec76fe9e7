import ModuleKit
import PKI
import Schema

/// When a command began and ended, as Ansible registers it: by the host's clock, in its time zone.
///
/// A bash tells the time itself. Any other sh measures by the hundredths of a second in /proc/uptime (proc(5)), and
/// date(1) is run once, after the command.
struct CommandTimes: Sendable, Hashable {
  /// `2026-01-31 15:30:00.123456`.
  let start: String
  let end: String
  /// `0:00:01.500000`, after a day `1 day, 0:00:01.500000`.
  let delta: String

  /// What begins the last line on standard error, where the times stand; no text holds it.
  private static let sign = "\u{1F}spile: times:"

  /// Source that runs a command with its status, and says behind what that prints when it began and ended.
  static func measuring(_ command: Script) -> Script {
    """
    if [ "${BASH_VERSION-}" ] && [ "${EPOCHREALTIME-}" ]; then
      spile_began=$EPOCHREALTIME
    else
      read -r spile_began _ </proc/uptime
    fi
    \(command)
    spile_status=$?
    if [ "${BASH_VERSION-}" ] && [ "${EPOCHREALTIME-}" ]; then
      spile_ended=$EPOCHREALTIME
      printf '\\037spile: times: %s %s %(%Y-%m-%d %H:%M:%S)T.%s\\n' "$spile_began" "$spile_ended" \
        "${spile_ended%.*}" "${spile_ended#*.}" >&2
    else
      read -r spile_ended _ </proc/uptime
      printf '\\037spile: times: %s %s ' "$spile_began" "$spile_ended" >&2
      date '+%Y-%m-%d %H:%M:%S.%N' >&2
    fi
    exit "$spile_status"
    """
  }

  /// Takes the times out of what a command has complained of; nil where they are not there whole.
  static func taken(from errors: [UInt8]) -> (errors: [UInt8], times: CommandTimes?) {
    let sign = Array(CommandTimes.sign.utf8)
    guard
      let start = errors.indices.reversed().first(where: { errors[$0...].starts(with: sign) })
    else { return (errors, nil) }
    let end = errors[start...].firstIndex(of: UInt8(ascii: "\n"))
    let line = errors[(start + sign.count)..<(end ?? errors.endIndex)]
    let rest = errors[..<start] + (end.map { errors[($0 + 1)...] } ?? [])
    return (Array(rest), end.flatMap { _ in CommandTimes(String(decoding: line, as: UTF8.self)) })
  }

  /// Reads `BEGAN ENDED YYYY-MM-DD HH:MM:SS.F`: seconds of one clock, and the moment of the end.
  init?(_ text: String) {
    let words = text.split(separator: " ")
    guard words.count == 4, let began = CommandTimes.microseconds(words[0]),
      let ended = CommandTimes.microseconds(words[1]), let time = words[3].halves(at: "."),
      let moment = Moment(
        (words[2].split(separator: "-") + time.0.split(separator: ":")).joined() + "Z")
    else { return nil }
    let end = moment.seconds * 1_000_000 + CommandTimes.fraction(time.1)
    let length = max(0, ended - began)
    self.end = CommandTimes.shown(end)
    start = CommandTimes.shown(end - length)
    let days = length / 86_400_000_000
    let rest = length % 86_400_000_000
    delta =
      (days == 0 ? "" : "\(days) day\(days == 1 ? "" : "s"), ")
      + "\(rest / 3_600_000_000):\(CommandTimes.minutes(rest))"
  }

  /// `SECONDS.FRACTION`.
  private static func microseconds(_ text: Substring) -> Int? {
    guard let (whole, rest) = text.halves(at: "."), let seconds = Int(whole) else { return nil }
    return seconds * 1_000_000 + fraction(rest)
  }

  /// Microseconds of the digits behind a point; none where a date(1) knows no fractions.
  private static func fraction(_ digits: Substring) -> Int {
    Int((digits + "000000").prefix(6)) ?? 0
  }

  private static func shown(_ microseconds: Int) -> String {
    let moment = Moment(seconds: microseconds / 1_000_000)
    let time = microseconds % 86_400_000_000
    return "\(moment.day) \(padded(time / 3_600_000_000, 2)):\(minutes(time))"
  }

  /// `MM:SS.FFFFFF`.
  private static func minutes(_ microseconds: Int) -> String {
    padded(microseconds / 60_000_000 % 60, 2) + ":" + padded(microseconds / 1_000_000 % 60, 2) + "."
      + padded(microseconds % 1_000_000, 6)
  }

  private static func padded(_ number: Int, _ count: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, count - digits.count)) + digits
  }
}

extension ValueMap {
  /// Sets `start`, `end` and `delta`; null where nothing was measured.
  mutating func set(_ times: CommandTimes?) {
    self["start"] = times.map { .string($0.start) } ?? .null
    self["end"] = times.map { .string($0.end) } ?? .null
    self["delta"] = times.map { .string($0.delta) } ?? .null
  }
}
