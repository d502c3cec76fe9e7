import Diagnostics
import ModuleKit
import Schema

/// `reboot`: starts the host again, and waits until it is back.
struct RebootModule: ActionModule {
  private static let timeout = Parameter<Int>.optional(
    "reboot_timeout", "Seconds until it is given up that the host comes back.", default: 600,
    shown: "600", aliases: ["reboot_timeout_sec"])
  private static let before = Parameter<Int>.optional(
    "pre_reboot_delay", "Seconds before the reboot.", default: 0, shown: "0",
    aliases: ["pre_reboot_delay_sec"])
  private static let after = Parameter<Int>.optional(
    "post_reboot_delay", "Seconds before the first attempt to log in again.", default: 0,
    shown: "0", aliases: ["post_reboot_delay_sec"])
  private static let connect = Parameter<Int?>.optional(
    "connect_timeout", "Seconds that one attempt may take to answer.",
    aliases: ["connect_timeout_sec"])
  private static let message = Parameter<String>.optional(
    "msg", "What users who are logged in get to read.", default: "Reboot initiated by Spile",
    shown: "Reboot initiated by Spile")
  private static let command = Parameter<String?>.optional(
    "reboot_command", "What reboots the host; `shutdown -r now`, or `reboot` where there is none.")
  private static let test = Parameter<String>.optional(
    "test_command", "What has to succeed for the host to count as back.", default: "whoami",
    shown: "whoami")
  private static let ignored = Parameter<String?>.optional(
    "search_paths",
    "Taken for Ansible's sake, without effect: the usual folders are searched, and the kernel tells boots apart.",
    aliases: ["boot_time_command"])

  static let manual = Manual(
    "reboot", .action, "Reboots a host, and waits until it is back.",
    notes: [
      "The host is back when it has another boot id (`/proc/sys/kernel/random/boot_id`) and `test_command` succeeds.",
      "It reboots every time: guard it with `when`, or make it a handler. Everything that was known about the host is asked again afterwards.",
      "The controller itself cannot be rebooted over a local connection.",
    ],
    parameters: [
      timeout.manual, before.manual, after.manual, connect.manual, message.manual, command.manual,
      test.manual, ignored.manual,
    ],
    results: [.init("rebooted", "whether it was rebooted")],
    examples: [
      """
      - name: with the new kernel
        reboot:
          reboot_timeout: 900
          test_command: systemctl is-active containerd
      """
    ])

  private let waitTime: Int
  private let delayBefore: Int
  private let delayAfter: Int
  private let attemptTime: Int
  private let text: String
  private let ownCommand: String?
  private let testCommand: String

  init(_ arguments: Arguments) throws(Diagnostic) {
    waitTime = try arguments[Self.timeout]
    delayBefore = max(0, try arguments[Self.before])
    delayAfter = max(0, try arguments[Self.after])
    attemptTime = max(1, try arguments[Self.connect] ?? 15)
    text = try arguments[Self.message]
    ownCommand = try arguments[Self.command]
    testCommand = try arguments[Self.test]
    if waitTime <= 0 {
      throw Diagnostic(
        .error, "argument-range", "`reboot_timeout` must be more than 0 seconds",
        at: arguments.span(of: Self.timeout.manual))
    }
  }

  func reads(given facts: FactView) -> [FactRequest] { [FactRequest(BootFact.self)] }

  func decision(from facts: FactView) throws(Obstacle) -> ActionDecision {
    let boot = try facts.fact(BootFact.self)
    let order: Script =
      ownCommand.map { "exec sh -c \($0)" }
      ?? "if command -v shutdown >/dev/null; then exec shutdown -r now \(text); else exec reboot; fi"
    let script: Script = """
      s=; if command -v setsid >/dev/null; then s=setsid; fi
      trap '' HUP
      $s sh -c \("sleep \(delayBefore + 1); \(order.source)") >/dev/null 2>&1 </dev/null &
      """
    let step = Step("reboot", script, footprint: .any)
    var change = Change(
      "host", "boot", from: .text("running"), to: .text("rebooted"), steps: [step], blast: .reboot)
    change.doubts = Footprint([
      .kind(UnitFact.kind), .kind(ServicesFact.kind), .kind(SysctlFact.kind),
      .kind(MountFact.kind), .kind(SwapFact.kind), .kind(KernelModuleFact.kind), .tree("/run"),
      .tree("/tmp"),
    ])
    let check: Script = """
      [ "$(cat /proc/sys/kernel/random/boot_id)" != \(boot?.id ?? "") ] || { echo 'not rebooted yet' >&2; exit 1; }
      native sh -c \(testCommand) >&2
      """
    var plan = ActionPlan(change, isOpaque: false)
    plan.reconnection = Reconnection(
      delay: .seconds(delayBefore + delayAfter + 1), timeout: .seconds(waitTime + delayBefore),
      interval: .seconds(1),
      check: Step(
        "look whether the host is back", check, footprint: .nothing,
        deadline: .seconds(attemptTime)))
    return .run(plan)
  }

  func result(from replies: [StepReply]) -> ActionResult {
    ActionResult(["rebooted": .bool(true)], changed: true)
  }
}
