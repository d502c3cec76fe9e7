import Diagnostics
import ModuleKit
import Schema

/// A kernel module: loaded now, and at every boot.
package struct KernelModuleModule: StateModule {
  private enum Wish: String, ParameterChoice { case present, absent }
  private enum Persistence: String, ParameterChoice { case disabled, present, absent }

  private static let name = Parameter<KernelModuleName>.required(
    "name", "The module, as `lsmod` shows it; `-` and `_` are the same.", isSubject: true)
  private static let state = Parameter<Wish>.optional(
    "state", "Whether the kernel has it now; one that is built in is present.", default: .present,
    shown: "present")
  private static let persistent = Parameter<Persistence>.optional(
    "persistent",
    "`present` has it loaded at boot by `/etc/modules-load.d/NAME.conf`, unless another file does so; `absent` takes "
      + "it out of the files below /etc; `disabled` leaves files alone.",
    default: .disabled, shown: "disabled")
  private static let parameters = Parameter<String>.optional(
    "params",
    "Parameters, `name=value` separated by blanks. They are given when the module is loaded, written below "
      + "/sys/module where the running value differs, and kept in `/etc/modprobe.d/NAME.conf` with "
      + "`persistent: present`.", default: "", shown: "")

  package static let manual = Manual(
    "kernel_module", .state, "Loads a kernel module, now and at every boot.",
    aliases: ["modprobe"],
    notes: [
      "A module that is built into the kernel counts as present: `/sys/module`, `modules.builtin`, and what it brings "
        + "(`net.bridge.*`, an entry of /proc/filesystems) are looked at.",
      "Kernel parameters that come with a module (`net.bridge.*` with br_netfilter, `net.netfilter.nf_conntrack_*` with "
        + "nf_conntrack) exist from then on: put this task before the `sysctl` tasks, and let it be `persistent: present`, "
        + "since systemd-sysctl runs after systemd-modules-load (modules-load.d(5)).",
    ],
    parameters: [name.manual, state.manual, persistent.manual, parameters.manual],
    examples: [
      """
      - name: bridged packets can be filtered, after a reboot too
        kernel_module:
          name: br_netfilter
          persistent: present
      """,
      """
      - name: a larger table of connections
        community.general.modprobe:
          name: nf_conntrack
          params: hashsize=262144
          persistent: present
      """,
    ])

  private let module: KernelModuleName
  private let isWanted: Bool
  private let persistence: Persistence
  private let wanted: [(name: String, value: String)]

  package init(_ arguments: Arguments) throws(Diagnostic) {
    module = try arguments[KernelModuleModule.name]
    isWanted = try arguments[KernelModuleModule.state] == .present
    persistence = try arguments[KernelModuleModule.persistent]
    var wanted: [(name: String, value: String)] = []
    for word in try arguments[KernelModuleModule.parameters].words {
      guard let (name, value) = word.halves(at: "="), !name.isEmpty, !name.contains("/") else {
        throw Diagnostic(
          .error, "module-parameter", "`params` must be `name=value` pairs, not `\(word)`",
          at: arguments.span(of: KernelModuleModule.parameters.manual))
      }
      wanted.append((String(name), String(value)))
    }
    self.wanted = wanted
  }

  private var name: String { module.description }
  private var loadFile: HostPath { .root.appending("etc/modules-load.d/\(name).conf") }
  private var optionsFile: HostPath { .root.appending("etc/modprobe.d/\(name).conf") }

  package func reads(given facts: FactView) -> [FactRequest] {
    var reads = [FactRequest(KernelModuleFact.self, name)]
    guard persistence != .disabled else { return reads }
    reads.append(FactRequest(ModulesLoadFact.self, name))
    switch (persistence, facts.reading(ModulesLoadFact.self, name)) {
    case (.present, .absent): reads += TextFile.reads(loadFile)
    case (.absent, .present(let fact)):
      for path in fact.files.compactMap({ HostPath($0) }) { reads += TextFile.reads(path) }
    default: break
    }
    if !wanted.isEmpty || persistence == .absent { reads += TextFile.reads(optionsFile) }
    return reads
  }

  package func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    try optionsChanges(facts) + loadFileChanges(facts) + runningChanges(facts)
  }

  private func runningChanges(_ facts: FactView) throws(Obstacle) -> [Change] {
    let fact = try facts.fact(KernelModuleFact.self, name)
    guard isWanted else {
      guard let fact, fact.isThere else { return [] }
      guard fact.state == .loaded else {
        throw .refusing(
          "module-built-in", "\(name) is built into the kernel and cannot be unloaded")
      }
      return [
        change(
          .remove, from: "loaded", to: nil, "unload \(name)", "modprobe -r -- \(name)", .loadable)
      ]
    }
    guard let fact else {
      throw .refusing(
        "module-unknown",
        "the kernel has no module \(name): it is neither built in nor below /lib/modules",
        help:
          "check the name, and that the modules of the running kernel are installed; after a kernel update the host may have to reboot"
      )
    }
    guard fact.isThere else {
      return [
        change(
          .create, from: nil, to: "loaded", "load \(name)",
          "modprobe -- \(name) \(words: wanted.map { "\($0.name)=\($0.value)" })", .loaded)
      ]
    }
    return wanted.compactMap { parameterChange($0.name, $0.value, fact) }
  }

  private func change(
    _ action: Change.Action, from before: String?, to after: String?, _ label: String,
    _ script: Script, _ state: KernelModuleFact.State
  ) -> Change {
    let parameters = Dictionary(
      state == .loaded ? wanted.map { ($0.name, $0.value) } : []
    ) { _, last in last }
    return Change(
      name, "running", action, from: before.map { .text($0) } ?? .absent,
      to: after.map { .text($0) } ?? .absent,
      steps: [Step(label, script, footprint: footprint)],
      predicts: [
        Prediction(
          KernelModuleFact.self, name, .present(.init(state: state, parameters: parameters)))
      ])
  }

  /// The module, and the parameters of the kernel that come and go with it.
  private var footprint: Footprint {
    let prefixes = SysctlKey.providers.filter { $0.module == name }.map(\.prefix)
    return Footprint(
      Set(prefixes.map { .named(kind: SysctlFact.kind, prefix: $0) })
        .union([.key(FactKey(KernelModuleFact.self, name))]))
  }

  /// Where a parameter of a module that is there can be seen and differs.
  private func parameterChange(_ parameter: String, _ value: String, _ fact: KernelModuleFact)
    -> Change?
  {
    guard let running = fact.parameters[parameter],
      KernelModuleModule.flag(running) != KernelModuleModule.flag(value)
    else { return nil }
    var after = fact
    after.parameters[parameter] = value
    return Change(
      name, "parameter \(parameter)", from: .text(running), to: .text(value),
      steps: [
        Step(
          "set \(parameter) of \(name) to \(value)",
          "printf '%s\\n' \(value) >\("/sys/module/\(name)/parameters/\(parameter)")",
          footprint: footprint)
      ],
      predicts: [Prediction(KernelModuleFact.self, name, .present(after))])
  }

  /// The kernel shows flags as `Y` and `N` and takes `1`, `y`, `0`, `n` (`kstrtobool`).
  private static func flag(_ value: String) -> String {
    switch value {
    case "1", "y", "Y": "Y"
    case "0", "n", "N": "N"
    default: value
    }
  }

  private func loadFileChanges(_ facts: FactView) throws(Obstacle) -> [Change] {
    guard persistence != .disabled else { return [] }
    let known = try facts.fact(ModulesLoadFact.self, name)
    if persistence == .present {
      guard known == nil else { return [] }
      let file = try TextFile(loadFile, from: facts)
      return [edit(file, (file.lines + [name]).fileContent, "at boot", loads: [loadFile.string])]
    }
    var changes: [Change] = []
    for path in (known?.files ?? []) {
      guard path.hasPrefix("/etc/"), let host = HostPath(path) else {
        throw .refusing(
          "module-load-file", "\(path) has \(name) loaded at boot, and is not below /etc",
          help:
            "remove the package that brings it, or mask it with a link of the same name in /etc/modules-load.d to /dev/null"
        )
      }
      let file = try TextFile(host, from: facts)
      let rest = file.lines.filter { KernelModuleName(String($0.trimmed)) != module }
      changes.append(edit(file, rest.fileContent, "at boot", loads: []))
    }
    return changes
  }

  private func optionsChanges(_ facts: FactView) throws(Obstacle) -> [Change] {
    guard persistence != .disabled, !wanted.isEmpty || persistence == .absent else { return [] }
    let file = try TextFile(optionsFile, from: facts)
    let options =
      "options \(name) " + wanted.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
    var lines = file.lines.filter { line in
      let words = line.words
      return
        !(words.count > 1 && words[0] == "options" && KernelModuleName(String(words[1])) == module)
    }
    if persistence == .present { lines.append(options) }
    guard lines != file.lines else { return [] }
    return [edit(file, lines.fileContent, "options", loads: nil)]
  }

  /// A change of one file; `loads` are the files that have the module loaded afterwards, nil when that stays.
  private func edit(_ file: TextFile, _ content: String, _ attribute: String, loads: [String]?)
    -> Change
  {
    let parts: Set<Footprint.Part> = loads == nil ? [] : [.key(FactKey(ModulesLoadFact.self, name))]
    let write =
      content.isEmpty
      ? file.removing(label: "remove \(file.path)", touching: parts)
      : file.writing(content, label: "write \(file.path)", touching: parts)
    let prediction = loads.map { files -> Prediction in
      Prediction(
        ModulesLoadFact.self, name, files.isEmpty ? .absent : .present(.init(files: files)))
    }
    return Change(
      file.path.string, attribute,
      file.content == nil ? .create : content.isEmpty ? .remove : .update,
      from: file.content.map { .content($0) } ?? .absent,
      to: content.isEmpty ? .absent : .content(content), steps: [write.step],
      predicts: write.predicts + (prediction.map { [$0] } ?? []))
  }
}
