import Diagnostics
import ModuleKit
import Schema

/// The I/O scheduler of disks, now and whenever a disk appears.
package struct IOSchedulerModule: StateModule {
  private enum Scheduler: String, ParameterChoice {
    case none, bfq, kyber
    case mqDeadline = "mq-deadline"

    /// Names of kernels before 5.0 lead to an error that says what took their place.
    init(_ argument: Argument) throws(Diagnostic) {
      let text = argument.sourceText ?? ""
      let successor = ["noop": "none", "deadline": "mq-deadline", "cfq": "bfq"][text]
      if let successor {
        throw argument.wrong(
          "io-scheduler", "is gone with single-queue block devices (Linux 5.0): `\(text)`",
          help: "write `\(successor)`")
      }
      if argument.value == .null {
        self = .none
        return
      }
      guard let scheduler = Scheduler(rawValue: text) else {
        throw argument.wrong(
          "argument-choice",
          "must be one of `none`, `mq-deadline`, `bfq`, `kyber`, not \(argument.shown)")
      }
      self = scheduler
    }
  }

  private static let device = Parameter<String?>.optional(
    "device", "One disk: `/dev/sdb` or `sdb`; with `scheduler`.", aliases: ["dev"], isSubject: true)
  private static let scheduler = Parameter<Scheduler?>.optional(
    "scheduler", "The scheduler of `device`.", aliases: ["value"])
  private static let nvme = Parameter<Scheduler?>.optional(
    "nvme", "The scheduler of NVMe disks; `none` is what they are made for.")
  private static let ssd = Parameter<Scheduler?>.optional(
    "ssd", "The scheduler of other disks that do not rotate: SATA and SAS SSDs, virtual disks.")
  private static let hdd = Parameter<Scheduler?>.optional(
    "hdd", "The scheduler of disks that rotate.")
  private static let rules = Parameter<HostPath>.optional(
    "rules_file", "The file of udev rules that keeps the choice over a boot.",
    default: HostPath("/etc/udev/rules.d/99-spile-io-scheduler.rules") ?? .root,
    shown: "/etc/udev/rules.d/99-spile-io-scheduler.rules")

  package static let manual = Manual(
    "io_scheduler", .state, "Chooses the I/O scheduler of disks, now and at every boot.",
    notes: [
      "`noop`, `deadline` and `cfq` left Linux with 5.0; the names are `none`, `mq-deadline`, `bfq`, `kyber` "
        + "(kernel documentation, `block/switching-sched`). `elevator=` on the kernel's command line is ignored since.",
      "Disks made of others or of memory (loop, dm, md, ram, zram) are left out by kind, and can be named by `device`.",
      "A scheduler that the kernel does not offer for a disk is an error: it may be a module (`bfq`, `kyber`) that has to be loaded.",
      "`tuned` may set its own: see its profile where the value does not stay.",
    ],
    parameters: [
      device.manual, scheduler.manual, nvme.manual, ssd.manual, hdd.manual, rules.manual,
    ],
    oneOf: [["device", "nvme", "ssd", "hdd"]],
    examples: [
      """
      - name: schedulers by kind of disk
        io_scheduler:
          nvme: none
          ssd: mq-deadline
          hdd: mq-deadline
      """,
      """
      - name: the disk of etcd
        io_scheduler:
          device: /dev/sdb
          scheduler: none
      """,
    ])

  /// One disk, or a kind of disks, and its scheduler.
  private struct Choice {
    let selector: String
    let scheduler: Scheduler
    let match: String
    let isMeant: @Sendable (DisksFact.Disk) -> Bool
  }

  private let choices: [Choice]
  private let rulesFile: HostPath
  private let named: String?

  package init(_ arguments: Arguments) throws(Diagnostic) {
    rulesFile = try arguments[IOSchedulerModule.rules]
    var choices: [Choice] = []
    if let scheduler = try arguments[IOSchedulerModule.nvme] {
      choices.append(
        Choice(selector: "nvme", scheduler: scheduler, match: #"KERNEL=="nvme*[0-9]n*[0-9]""#) {
          $0.name.hasPrefix("nvme") && !$0.isVirtual
        })
    }
    let others = #"KERNEL=="sd*|vd*|xvd*|hd*|mmcblk*", ATTR{queue/rotational}=="#
    if let scheduler = try arguments[IOSchedulerModule.ssd] {
      choices.append(
        Choice(selector: "ssd", scheduler: scheduler, match: others + "\"0\"") {
          !$0.name.hasPrefix("nvme") && !$0.isVirtual && !$0.isRotational
        })
    }
    if let scheduler = try arguments[IOSchedulerModule.hdd] {
      choices.append(
        Choice(selector: "hdd", scheduler: scheduler, match: others + "\"1\"") {
          !$0.isVirtual && $0.isRotational
        })
    }
    named = try arguments[IOSchedulerModule.device].map { path in
      path.hasPrefix("/dev/") ? String(path.dropFirst("/dev/".count)) : path
    }
    if let named {
      guard let scheduler = try arguments[IOSchedulerModule.scheduler] else {
        throw Diagnostic(
          .error, "missing-parameter", "module `io_scheduler` needs `scheduler` with `device`",
          at: arguments.span)
      }
      guard named.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "_-".contains($0)) }),
        !named.isEmpty
      else {
        throw Diagnostic(
          .error, "device-name", "`device` must be a disk such as `/dev/sdb`, not `\(named)`",
          at: arguments.span(of: IOSchedulerModule.device.manual))
      }
      choices.append(
        Choice(selector: named, scheduler: scheduler, match: "KERNEL==\"\(named)\"") {
          $0.name == named
        })
    }
    self.choices = choices
  }

  package func reads(given facts: FactView) -> [FactRequest] {
    [FactRequest(DisksFact.self)] + TextFile.reads(rulesFile)
  }

  package func changes(from facts: FactView) throws(Obstacle) -> [Change] {
    guard var fact = try facts.fact(DisksFact.self) else { return [] }
    if let named, !fact.disks.contains(where: { $0.name == named }) {
      throw .refusing("device-missing", "there is no disk \(named) with an I/O scheduler")
    }
    var changes: [Change] = []
    for choice in choices {
      for index in fact.disks.indices where choice.isMeant(fact.disks[index]) {
        let disk = fact.disks[index]
        guard disk.scheduler != choice.scheduler.rawValue else { continue }
        guard disk.offered.contains(choice.scheduler.rawValue) else {
          throw .refusing(
            "io-scheduler",
            "the kernel offers no \(choice.scheduler.rawValue) for \(disk.name), only \(disk.offered.joined(separator: ", "))",
            help: "load its module first with `kernel_module`, or choose another")
        }
        fact.disks[index].scheduler = choice.scheduler.rawValue
        changes.append(
          Change(
            disk.name, "scheduler", from: .text(disk.scheduler),
            to: .text(choice.scheduler.rawValue),
            steps: [
              Step(
                "set the scheduler of \(disk.name)",
                "printf '%s\\n' \(choice.scheduler.rawValue) >\("/sys/block/\(disk.name)/queue/scheduler")",
                footprint: Footprint([.key(FactKey(DisksFact.self)), .kind(BlockDeviceFact.kind)]))
            ], predicts: [Prediction(DisksFact.self, "", .present(fact))]))
      }
    }
    return try changes + rulesChange(facts)
  }

  private func rulesChange(_ facts: FactView) throws(Obstacle) -> [Change] {
    let file = try TextFile(rulesFile, from: facts)
    var lines = file.lines
    for choice in choices {
      let start = "ACTION==\"add|change\", SUBSYSTEM==\"block\", \(choice.match), "
      let line = start + "ATTR{queue/scheduler}=\"\(choice.scheduler.rawValue)\""
      if let index = lines.firstIndex(where: { $0.hasPrefix(start) }) {
        lines[index] = line
      } else {
        lines.append(line)
      }
    }
    guard lines != file.lines else { return [] }
    var write = file.writing(lines.fileContent, label: "write \(rulesFile)")
    write.step.script = """
      \(write.step.script) || exit
      if command -v udevadm >/dev/null && [ -d /run/udev ]; then udevadm control --reload; fi
      """
    return [
      Change(
        rulesFile.string, "rules", file.content == nil ? .create : .update,
        from: file.content.map { .content($0) } ?? .absent, to: .content(lines.fileContent),
        steps: [write.step], predicts: write.predicts)
    ]
  }
}
