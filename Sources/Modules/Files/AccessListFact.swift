import ModuleKit
import Schema

/// The access control list of a file or folder, as getfacl(1) tells it; absent where nothing is at the path.
///
/// The want `below` asks for everything below a folder too.
package struct AccessListFact: Fact {
  package static let kind = "acl"
  package static let keysArePaths = true
  package static let reach = FactReach.tree

  /// Entries such as `user:joe:rw-` and `default:group::r-x`, by path; the thing itself is one of them.
  package var entries: [String: [String]]

  package init(entries: [String: [String]]) { self.entries = entries }

  /// What is said where a host lacks the tools.
  static let noTools = "the host has no getfacl(1) and setfacl(1)"

  /// One getfacl(1) for each path: names are long, effective rights are left out.
  package static func probe(_ requests: [FactRequest]) -> Script {
    Script(
      lines: requests.map { request in
        let below: Script = request.wants.contains("below") ? "-RP" : ""
        return """
          if ! command -v setfacl >/dev/null || ! command -v getfacl >/dev/null; then put 'no tools'
          elif [ ! -e \(request.key.name) ] && [ ! -L \(request.key.name) ]; then put absent
          elif list=$(getfacl -pE \(below) -- \(request.key.name) 2>&1); then put "list:$list"
          else put "$list"
          fi
          """
      })
  }

  package static func parse(_ reply: ProbeReply, for requests: [FactRequest]) -> [String:
    Reading<AccessListFact>]
  {
    var readings: [String: Reading<AccessListFact>] = [:]
    for (request, record) in zip(requests, reply.records) {
      let text = String(decoding: record, as: UTF8.self)
      readings[request.key.name] =
        switch text {
        case "no tools": .unreadable(noTools)
        case "absent": .absent
        case _ where text.hasPrefix("list:"):
          .present(AccessListFact(entries: lists(text.dropFirst("list:".count))))
        default: .unreadable(text)
        }
    }
    return readings
  }

  /// Blocks that `# file: PATH` begins; odd bytes of a path are written in octal.
  private static func lists(_ text: Substring) -> [String: [String]] {
    var lists: [String: [String]] = [:]
    var path = ""
    for line in text.split(separator: "\n") {
      if line.hasPrefix("# file: ") {
        path = unescaped(line.dropFirst("# file: ".count))
        lists[path] = []
      } else if !line.hasPrefix("#") {
        lists[path]?.append(String(line))
      }
    }
    return lists
  }

  private static func unescaped(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
