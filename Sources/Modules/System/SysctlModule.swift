import Diagnostics
import ModuleKit
import Schema

/// A kernel parameter: the running value, and the one that a boot sets.
package struct SysctlModule: StateModule {
  private enum Wish: String, ParameterChoice { case present, absent }
  private enum Missing: String, ParameterChoice { case fail, skip, persist }
  private enum Persistence: String, ParameterChoice { case auto, always, never }

  private static let name = Parameter<SysctlKey>.required(
    "name",
    "The parameter, as below /proc/sys with dots (`net.ipv4.ip_forward`); a dot inside a name is written `/` "
      + "(`net.ipv4.conf.eth0/1.rp_filter`), or slashes are used throughout.",
    aliases: ["key"], isSubject: true)
  private static let value = Parameter<ValueRule?>.optional(
    "value",
    "What it has to be: a value, or `{min: N}`, `{max: N}` or both where a higher or lower value is fine too. "
      + "Several numbers are compared one by one, however many blanks are between them.",
    aliases: ["val"])
  private static let state = Parameter<Wish>.optional(
    "state", "`absent` takes the parameter out of `sysctl_file`; the running value stays.",
    default: .present, shown: "present")
  private static let file = Parameter<HostPath>.optional(
    "sysctl_file",
    "The file that keeps the value for the next boot, where no other file already sets a fitting one.",
    default: HostPath("/etc/sysctl.d/99-z-spile.conf") ?? .root,
    shown: "/etc/sysctl.d/99-z-spile.conf")
  private static let missing = Parameter<Missing>.optional(
    "missing",
    "What to do where the kernel has no such parameter: `fail`, `skip` the whole task, or only `persist` the value "
      + "for when the kernel module that brings it is loaded.", default: .fail, shown: "fail")
  private static let persist = Parameter<Persistence>.optional(
    "persist",
    "`auto` writes no file when a bound (`min`, `max`) already holds and no file says otherwise, so that a kernel's "
      + "better value is not lowered at boot; `always` writes one; `never` leaves files alone.",
    default: .auto, shown: "auto")
  private static let ignoreErrors = Parameter<Bool>.optional(
    "ignoreerrors", "As in Ansible: the same as `missing: persist`.", default: false, shown: "false"
  )
  private static let reload = Parameter<Bool>.optional(
    "reload",
    "Taken for Ansible's sake, without effect: only parameters that differ are written, and other files are not "
      + "applied again, which would undo what a network plugin has set.", default: true,
    shown: "true")
  private static let sysctlSet = Parameter<Bool>.optional(
    "sysctl_set",
    "Taken for Ansible's sake, without effect: the running value is always compared and set.",
    default: true, shown: "true")

  package static let manual = Manual(
    "sysctl", .state, "Sets a kernel parameter, now and for every boot.",
    notes: [
      "The running value is read and written below /proc/sys, only where it differs; `sysctl(8)` is not needed.",
      "The value for the next boot is what sysctl.d(5) makes of all files: `/etc/sysctl.d`, `/run/sysctl.d`, "
        + "`/usr/local/lib/sysctl.d`, `/usr/lib/sysctl.d` by name, the last one wins. A later file that sets another "
        + "value is an error that names it. systemd-sysctl does not read `/etc/sysctl.conf` itself.",
      "Parameters such as `net.bridge.*` and `net.netfilter.nf_conntrack_*` are there only after their kernel module "
        + "was loaded: put a `kernel_module` task before.",
      "Use `min` where others raise a value: systemd sets `fs.file-max` to its maximum, kube-proxy raises "
        + "`net.netfilter.nf_conntrack_max` by the number of processors, new kernels raise "
        + "`fs.inotify.max_user_watches`; `equal` would lower them and differ forever.",
    ],
    parameters: [
      name.manual, value.manual, state.manual, file.manual, missing.manual, persist.manual,
      ignoreErrors.manual, reload.manual, sysctlSet.manual,
    ],
    results: [],
    examples: [
      """
      - name: forward packets
        sysctl:
          name: net.ipv4.ip_forward
          value: 1
      """,
      """
      - name: room for many watches, more is fine
        sysctl:
          name: fs.inotify.max_user_watches
          value: {min: 524288}
      """,
      """
      - name: bridged packets pass iptables
        ansible.posix.sysctl:
          name: net.bridge.bridge-nf-call-iptables
          value: "1"
          missing: skip
      """,
    ])

  private let key: SysctlKey
  private let rule: ValueRule?
  private let sysctlFile: HostPath
  private let whenMissing: Missing
  private let persistence: Persistence

  package init(_ arguments: Arguments) throws(Diagnostic) {
    key = try arguments[SysctlModule.name]
    sysctlFile = try arguments[SysctlModule.file]
    persistence = try arguments[SysctlModule.persist]
    whenMissing =
      try arguments[SysctlModule.ignoreErrors] ? .persist : try arguments[SysctlModule.missing]
    switch try arguments[SysctlModule.state] {
    case .absent: rule = nil
    case .present:
      guard let rule = try arguments[SysctlModule.value] else {
        throw Diagnostic(
          .error, "missing-parameter", "module `sysctl` needs the parameter `value`",
          at: arguments.span, help: "write `value`, or `state: absent`")
      }
      self.rule = rule
    }
  }

  package func reads(given facts: FactView) -> [FactRequest] {
    let outside = SysctlFileFact.isSearched(sysctlFile.string) ? [] : ["file:\(sysctlFile)"]
    var reads = [
      FactRequest(SysctlFact.self, key.description),
      FactRequest(SysctlFileFact.self, key.description, wants: Set(outside)),
    ]
    if let files = facts.known(SysctlFileFact.self, key.description), needsFile(files, facts) {
      reads += TextFile.reads(sysctlFile)
    }
    return reads
  }

  package func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    let files: SysctlFileFact
    guard let known = try facts.fact(SysctlFileFact.self, key.description) else { return [] }
    files = known
    guard let rule else { return try removal(files, facts) }
    let running = try facts.fact(SysctlFact.self, key.description)
    if running == nil, whenMissing == .fail { throw absence }
    if running == nil, whenMissing == .skip { return [] }
    let persisted = try persistedChange(rule, files, facts)
    let live = try running.flatMap { fact throws(Obstacle) in try runningChange(rule, fact) }
    let ordered = if case .equal = rule { [live, persisted] } else { [persisted, live] }
    return ordered.compactMap { $0 }
  }

  private func runningChange(
    _ rule: ValueRule, _ running: SysctlFact
  ) throws(Obstacle) -> Change? {
    guard !rule.holds(for: running.value) else { return nil }
    guard running.isWritable else {
      throw .refusing(
        "sysctl-read-only",
        "\(key) is \(running.value), has to be \(rule.shown), and cannot be written",
        help:
          "it needs root (`become: true`); in a container or network namespace it belongs to the machine around it"
      )
    }
    let value = rule.value(replacing: running.value)
    return Change(
      key.description, "running", from: .text(running.value), to: .text(value),
      steps: [
        Step(
          "set \(key) to \(value)", "printf '%s\\n' \(value) >\("/proc/sys/" + key.path)",
          preconditions: [stillRuns(running.value)],
          footprint: Footprint(
            SysctlSideEffects.of(key).union([.key(FactKey(SysctlFact.self, key.description))])))
      ],
      predicts: [
        Prediction(SysctlFact.self, key.description, .present(SysctlFact(value: value)))
      ])
  }

  private func stillRuns(_ value: String) -> Precondition {
    let lines = value.split(separator: "\n").map(\.words).joined().map(String.init)
    return Precondition(
      "(set -f; set -- $(cat \("/proc/sys/" + key.path)); [ \"$*\" = \(lines.joined(separator: " ")) ])",
      failure: "\(key) changed since it was read")
  }

  private func persistedChange(
    _ rule: ValueRule, _ files: SysctlFileFact, _ facts: FactView
  ) throws(Obstacle) -> Change? {
    guard needsFile(files, facts) else { return nil }
    let before = files.effective?.value
    let value = rule.value(
      replacing: before ?? facts.known(SysctlFact.self, key.description)?.value)
    let after = files.setting(value, in: sysctlFile.string)
    if let last = after.effective, last.file != sysctlFile.string,
      !rule.holds(for: last.value ?? "")
    {
      throw .refusing(
        "sysctl-overridden",
        "\(last.file) sets \(key) to \(last.value ?? "") after \(sysctlFile), so it would not stay \(rule.shown)",
        help: "remove that line, or name a `sysctl_file` that sorts after it")
    }
    let file = try TextFile(sysctlFile, from: facts)
    let write = file.writing(
      SysctlLines(file.lines).setting(key, to: value).fileContent,
      label: "write \(key) to \(sysctlFile)",
      touching: [.key(FactKey(SysctlFileFact.self, key.description))])
    return Change(
      key.description, "persisted", before == nil ? .create : .update,
      from: before.map { .text($0) } ?? .absent, to: .text(value), steps: [write.step],
      predicts: write.predicts + [prediction(after)])
  }

  private func removal(_ files: SysctlFileFact, _ facts: FactView) throws(Obstacle) -> [Change] {
    guard needsFile(files, facts) else { return [] }
    let file = try TextFile(sysctlFile, from: facts)
    let write = file.writing(
      SysctlLines(file.lines).removing(key).fileContent,
      label: "take \(key) out of \(sysctlFile)",
      touching: [.key(FactKey(SysctlFileFact.self, key.description))])
    let value = files.entries.last { $0.file == sysctlFile.string }?.value ?? ""
    return [
      Change(
        key.description, "persisted", .remove, from: .text(value), to: .absent, steps: [write.step],
        predicts: write.predicts + [prediction(files.setting(nil, in: sysctlFile.string))])
    ]
  }

  private func prediction(_ files: SysctlFileFact) -> Prediction {
    let outside = SysctlFileFact.isSearched(sysctlFile.string) ? [] : ["file:\(sysctlFile)"]
    return Prediction(
      SysctlFileFact.self, key.description, .present(files), wants: Set(outside))
  }

  /// Whether the file has to be written.
  private func needsFile(_ files: SysctlFileFact, _ facts: FactView) -> Bool {
    guard let rule else {
      return files.entries.contains {
        $0.file == sysctlFile.string && $0.isExact && $0.value != nil
      }
    }
    if persistence == .never { return false }
    let running = facts.known(SysctlFact.self, key.description)
    if running == nil, whenMissing != .persist { return false }
    if let value = files.effective?.value { return !rule.holds(for: value) }
    guard case .bounds = rule, persistence == .auto, let running else { return true }
    return !rule.holds(for: running.value)
  }

  private var absence: Obstacle {
    let advice =
      key.provider.map {
        "it comes with the kernel module `\($0)`: load it with a `kernel_module` task before this one"
      } ?? "check the spelling and the kernel's version"
    return .refusing(
      "sysctl-missing", "the kernel has no parameter \(key)",
      help: advice + "; `missing: skip` passes over hosts without it")
  }
}
