import ModuleKit

/// The extended attributes of a file, as getfattr(1) prints them.
///
/// Keys are paths; absent where there is nothing. The want `follow` asks for what a symbolic link leads to.
package struct ExtendedAttributesFact: Fact {
  package static let kind = "xattr"
  package static let keysArePaths = true

  /// By full name: `user.comment`.
  package var values: [String: [UInt8]]

  package static func probe(_ requests: [FactRequest]) -> Script {
    Script(
      lines: [functions]
        + requests.map { request in
          let way = request.wants.contains("follow") ? [] : ["-h"]
          return "attributes_of \(request.key.name) \(words: way)"
        })
  }

  private static let functions: Script = """
    attributes_of() {
      path=$1; shift
      if ! command -v getfattr >/dev/null; then put "$path" 127 'getfattr(1) is not on the host'; return; fi
      if [ ! -e "$path" ] && [ ! -L "$path" ]; then put "$path" absent ''; return; fi
      o=$(getfattr --absolute-names -d -m - -e hex "$@" -- "$path" 2>&1); s=$?
      put "$path" "$s" "$o"
    }
    """

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<ExtendedAttributesFact>] {
    var records = reply.records.map { String(decoding: $0, as: UTF8.self) }[...]
    var readings: [String: Reading<ExtendedAttributesFact>] = [:]
    while records.count >= 3 {
      let (path, status, output) = (
        records.removeFirst(), records.removeFirst(), records.removeFirst()
      )
      switch status {
      case "absent": readings[path] = .absent
      case "0": readings[path] = .present(ExtendedAttributesFact(values: values(output)))
      default: readings[path] = .unreadable(String(output.trimmed))
      }
    }
    return readings
  }

  /// Lines `user.comment=0x6162`; `user.empty` alone, or with `=0x`, where the value is empty.
  private static func values(_ output: String) -> [String: [UInt8]] {
    var values: [String: [UInt8]] = [:]
    for line in output.fileLines where !line.isEmpty && !line.hasPrefix("# ") {
      guard let (name, value) = line.halves(at: "=") else {
        values[line] = []
        continue
      }
      let digits = value.hasPrefix("0x") ? value.dropFirst(2) : value
      values[String(name)] = bytes(digits)
    }
    return values
  }

  private static func bytes(_ digits: Substring) -> [UInt8] {
    let digits = Array(digits)
    return stride(from: 0, to: digits.count - 1, by: 2).compactMap {
      UInt8(String(digits[$0...$0 + 1]), radix: 16)
    }
  }
}
