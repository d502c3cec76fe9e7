import Diagnostics
import ModuleKit
import Schema

/// `etcd_health`: goes on once a cluster is well: the gate between one member's change and the next.
struct EtcdHealthModule: ActionModule {
  private static let members = Parameter<Int?>.optional(
    "members", "How many voting members there are to be.")
  private static let timeout = Parameter<Int>.optional(
    "timeout", "Seconds until it is given up.", default: 120, shown: "120")

  static let manual = Manual(
    "etcd_health", .action, "Waits until an etcd cluster is well.",
    notes: [
      "Well is: a quorum answers; every member is started and none a learner; every one has committed a proposal; "
        + "exactly one member leads; there are no alarms. A unit that is active says none of that."
    ],
    parameters: EtcdClient.manuals + [members.manual, timeout.manual],
    results: [.init("leader", "The endpoint of the member that leads.")],
    examples: [
      """
      - name: the cluster is well
        etcd_health:
          endpoints: [https://10.0.0.1:2379, https://10.0.0.2:2379, https://10.0.0.3:2379]
          members: 3
      """
    ])

  private let client: EtcdClient
  private let members: Int?
  private let timeout: Int

  init(_ arguments: Arguments) throws(Diagnostic) {
    client = try EtcdClient(arguments)
    members = try arguments[Self.members]
    timeout = try arguments[Self.timeout]
  }

  func reads(given facts: FactView) -> [FactRequest] { [] }

  func decision(from facts: FactView) throws(Obstacle) -> ActionDecision {
    let step = Step(
      "wait until etcd is well", script, footprint: .nothing,
      deadline: .seconds(timeout + 60), accepts: nil)
    let change = Change("etcd", "health", from: .absent, to: .text("well"), steps: [step])
    return .run(ActionPlan(change, isOpaque: false, isHarmless: true))
  }

  private var script: Script {
    let count: Script =
      members.map {
        "[ \"$voters\" = \($0) ] || { why=\"there are $voters voting members, not \($0)\"; return 1; }"
      }
      ?? ":"
    return """
      \(EtcdClient.eachMember)
      count() {
        [ "$state" = started ] || { why="a member is not started: $line"; return 1; }
        [ "$learner" = false ] || { why="a member is a learner: $line"; return 1; }
        voters=$((voters + 1))
      }
      look() {
        list=$(\(words: client.words()) member list 2>&1) || { why=$list; return 1; }
        voters=0
        each_member count <<END || return 1
      $list
      END
        \(count)
        said=$(\(words: client.words()) endpoint health --cluster 2>&1) || { why=$said; return 1; }
        status=$(\(words: client.words()) endpoint status --cluster 2>&1) || { why=$status; return 1; }
        leaders=$(printf '%s\\n' "$status" | grep -c ', true, false, ')
        [ "$leaders" = 1 ] || { why="$leaders members lead"; return 1; }
        alarms=$(\(words: client.words()) alarm list 2>/dev/null)
        [ -z "$alarms" ] || { why="alarms: $alarms"; return 1; }
      }
      end=$(($(date +%s) + \(timeout)))
      until look; do
        if [ "$(date +%s)" -ge "$end" ]; then printf '%s\\n' "$why" >&2; exit 1; fi
        sleep 1
      done
      leader=$(printf '%s\\n' "$status" | grep ', true, false, ')
      printf %s "${leader%%, *}"
      """
  }

  func result(from replies: [StepReply]) -> ActionResult {
    guard let reply = replies.last else { return ActionResult([:], changed: false) }
    guard reply.status == 0 else {
      let why = String(reply.errorText.trimmed)
      return ActionResult(
        ["msg": .string(why)], changed: false,
        failure: "etcd was not well within \(timeout) seconds: \(why)")
    }
    return ActionResult(["leader": .string(reply.text)], changed: false)
  }
}
