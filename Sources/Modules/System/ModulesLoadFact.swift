import ModuleKit

/// Which files have a kernel module loaded at boot (modules-load.d(5), and `/etc/modules` where
/// systemd does not run the host).
///
/// Keys as in `KernelModuleName`; absent when none does.
package struct ModulesLoadFact: Fact {
  package static let kind = "modules_load"

  /// In the order of reading.
  package var files: [String]

  package static func probe(_ requests: [FactRequest]) -> Script {
    ConfigFragments.probe(folder: "modules-load.d", extra: ["/etc/modules"])
  }

  package static func parse(
    _ reply: ProbeReply, for requests: [FactRequest]
  ) -> [String: Reading<ModulesLoadFact>] {
    guard let fragments = ConfigFragments(reply, extra: ["/etc/modules"]) else {
      let said = String(decoding: reply.errors, as: UTF8.self)
      return Dictionary(requests.map { ($0.key.name, .unreadable(said)) }) { first, _ in first }
    }
    var files: [String: [String]] = [:]
    for line in fragments.lines where line.file != "/etc/modules" || !fragments.hasSystemd {
      guard let name = line.text.words.first.flatMap({ KernelModuleName(String($0)) }) else {
        continue
      }
      files[name.description, default: []].append(line.file)
    }
    return Dictionary(
      requests.map { request in
        (request.key.name, files[request.key.name].map { .present(.init(files: $0)) } ?? .absent)
      }
    ) { first, _ in first }
  }
}
