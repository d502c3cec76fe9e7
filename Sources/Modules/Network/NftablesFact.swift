import ModuleKit

/// Whether the kernel has the rules that a file of nft(8) makes.
///
/// Keys are paths. The file is loaded into a network namespace that exists for a moment, so that both sides are printed
/// by the same program: comments, order of words, names of services and ports do not matter. Interfaces of the host are
/// there under their names. Absent where there is no such file.
package struct NftablesFact: Fact {
  package static let kind = "nftables"
  package static let keysArePaths = true

  /// The tables that the file makes which the kernel has in another way: `inet filter`; of a file that flushes
  /// everything also those that it does not make.
  package var differing: [String]

  package static func probe(_ requests: [FactRequest]) -> Script {
    Script(
      lines: [isolation, functions]
        + requests.map { "compare_rules \($0.key.name)" })
  }

  /// `isolated FILE COMMAND...` loads a file into a network namespace of its own and runs a command there.
  static let isolation: Script = """
    isolated() {
      file=$1; shift
      unshare -n sh -c '
        for i in $1; do
          [ "$i" = lo ] || ip link add name "$i" type dummy 2>/dev/null || ip link add name "$i" type bridge 2>/dev/null
        done
        nft -f "$2" && shift 2 && "$@"
      ' sh "$(ls /sys/class/net)" "$file" "$@"
    }
    flushes_all() { grep -Eq '^[[:space:]]*flush[[:space:]]+ruleset' "$1"; }
    """

  private static let functions: Script = """
    compare_rules() {
      if ! command -v nft >/dev/null; then put "$1" error 'nft(8) is not on the host' ''; return; fi
      if [ ! -e "$1" ]; then put "$1" absent '' ''; return; fi
      if ! wished=$(isolated "$1" nft -s list ruleset 2>&1); then put "$1" error "$wished" ''; return; fi
      if ! now=$(nft -s list ruleset 2>&1); then put "$1" error "$now" ''; return; fi
      if flushes_all "$1"; then put "$1" whole "$wished" "$now"; else put "$1" tables "$wished" "$now"; fi
    }
    """

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<NftablesFact>] {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<NftablesFact>] = [:]
    while records.count >= 4 {
      let (path, word, wished, now) = (
        records.removeFirst(), records.removeFirst(), records.removeFirst(), records.removeFirst()
      )
      switch word {
      case "absent": readings[path] = .absent
      case "error": readings[path] = .unreadable(String(wished.trimmed))
      default:
        readings[path] = .present(
          NftablesFact(differing: differences(wished, now, isWhole: word == "whole")))
      }
    }
    return readings
  }

  /// The tables whose text is not the same on both sides.
  private static func differences(_ wished: String, _ now: String, isWhole: Bool) -> [String] {
    let (wished, now) = (tables(wished), tables(now))
    let names = isWhole ? Set(wished.keys).union(now.keys) : Set(wished.keys)
    return names.filter { wished[$0] != now[$0] }.sorted()
  }

  /// What `nft list ruleset` prints, by table: `table inet filter {` to the brace in the first column.
  private static func tables(_ listing: String) -> [String: String] {
    var tables: [String: String] = [:]
    var name: String?
    for line in listing.fileLines {
      if line.hasPrefix("table "), line.hasSuffix("{") {
        name = String(line.dropFirst(6).dropLast().trimmed)
      }
      if let name { tables[name, default: ""] += line + "\n" }
      if line == "}" { name = nil }
    }
    return tables
  }
}
