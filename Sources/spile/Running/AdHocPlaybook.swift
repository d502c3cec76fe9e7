import Model
import Schema

/// A playbook that is only in memory: what `run` and `facts` are made of.
struct AdHocPlaybook {
  /// What diagnostics call it.
  static let path = "<command line>"

  let text: String

  /// The task whose result is shown.
  static let resultTask = "result"

  /// One task of a module.
  /// - Parameters:
  ///   - pattern: the hosts.
  ///   - module: the module's name.
  ///   - words: its arguments, `name=value` or free text.
  ///   - showsResult: whether a second task shows what came of it.
  init(pattern: String, module: String, words: [String], showsResult: Bool) {
    var lines = AdHocPlaybook.head(pattern, gathersFacts: false)
    lines.append("    - name: \(JSON.quoted(module))")
    lines += AdHocPlaybook.call(module, words)
    if showsResult {
      lines.append("      register: spile_result")
      lines.append("    - name: \(AdHocPlaybook.resultTask)")
      lines.append("      debug: {var: spile_result}")
    }
    text = lines.joined(separator: "\n") + "\n"
  }

  /// The facts of hosts.
  init(factsOf pattern: String) {
    var lines = AdHocPlaybook.head(pattern, gathersFacts: true)
    lines.append("    - name: \(AdHocPlaybook.resultTask)")
    lines.append("      debug: {var: ansible_facts}")
    text = lines.joined(separator: "\n") + "\n"
  }

  /// The controller's disk with this playbook on it.
  var disk: ControllerDisk {
    let system = ControllerDisk.system
    let bytes = Array(text.utf8)
    return ControllerDisk(
      read: { path throws(ControllerDisk.Failure) in
        path == AdHocPlaybook.path ? bytes : try system.read(path)
      },
      kind: { $0 == AdHocPlaybook.path ? .file : system.kind($0) }, names: system.names,
      absolute: system.absolute)
  }

  private static func head(_ pattern: String, gathersFacts: Bool) -> [String] {
    [
      "- hosts: \(JSON.quoted(pattern))", "  gather_facts: \(gathersFacts)", "  tasks:",
    ]
  }

  /// A mapping where every word is `name=value`, which keeps blanks in values; else one text.
  private static func call(_ module: String, _ words: [String]) -> [String] {
    let pairs = words.compactMap(pair)
    guard pairs.count == words.count, words.count > 1 else {
      let text = words.joined(separator: " ")
      return ["      \(JSON.quoted(module)): \(text.isEmpty ? "" : JSON.quoted(text))"]
    }
    return ["      \(JSON.quoted(module)):"]
      + pairs.map { "        \($0.name): \(JSON.quoted($0.value))" }
  }

  private static func pair(_ word: String) -> (name: String, value: String)? {
    guard let equals = word.firstIndex(of: "="), equals > word.startIndex else { return nil }
    let name = word[..<equals]
    guard name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else { return nil }
    return (String(name), String(word[word.index(after: equals)...]))
  }
}
