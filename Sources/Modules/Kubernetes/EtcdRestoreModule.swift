import Diagnostics
import ModuleKit
import Schema

/// `etcd_restore`: makes a member's data from a snapshot; the same snapshot on all members of the new cluster.
struct EtcdRestoreModule: ActionModule {
  private static let snapshot = Parameter<HostPath>.required(
    "snapshot", "The snapshot's file on the host.", isSubject: true)
  private static let name = Parameter<String>.required("name", "The member's name.")
  private static let members = Parameter<EtcdMembers>.required(
    "members", "Peer URLs of all members of the restored cluster, by name.")
  private static let token = Parameter<String>.required(
    "token",
    "The new cluster's token: another than before, so that members of the old one cannot be mistaken for its own; the one of before stands in `initial.env` and is refused."
  )
  private static let folder = Parameter<HostPath>.optional(
    "data_dir", "Where the data is made; what is there is moved aside.",
    default: HostPath("/var/lib/etcd") ?? .root, shown: "/var/lib/etcd")
  private static let user = Parameter<String>.optional(
    "user", "The account that owns the data.", default: "etcd", shown: "etcd")
  private static let bump = Parameter<Int>.optional(
    "bump_revision",
    "By how much revisions jump, so that watchers see none again, and old ones count as compacted; 0 for not at all. Takes etcdutl 3.6.",
    default: 0, shown: "0")

  static let manual = Manual(
    "etcd_restore", .action, "Makes the data of an etcd member from a snapshot.",
    notes: [
      "It is refused while the unit runs. What is in the folder is moved aside to `DATA_DIR.before-TIME`, and stays there. "
        + "All members are restored from the same snapshot with the same token, and started together afterwards. "
        + "Stop every apiserver first: it would go on with what is no more."
    ],
    parameters: [
      snapshot.manual, name.manual, members.manual, token.manual, folder.manual, user.manual,
      EtcdInstance.parameter.manual, bump.manual, EtcdClient.programParameter.manual,
    ],
    results: [.init("moved", "Where the data of before is; empty where there was none.")],
    examples: [
      """
      - name: the data of m1, as it was
        etcd_restore:
          snapshot: /var/backups/etcd/etcd-20260101T000000Z.db
          name: m1
          members: {m1: https://10.0.0.1:2380}
          token: etcd-cluster-2
      """
    ])

  private let snapshot: HostPath
  private let name: String
  private let members: EtcdMembers
  private let ownURL: String
  private let token: String
  private let folder: HostPath
  private let user: String
  private let instance: EtcdInstance
  private let bump: Int
  private let program: String

  init(_ arguments: Arguments) throws(Diagnostic) {
    snapshot = try arguments[Self.snapshot]
    name = try arguments[Self.name]
    members = try arguments[Self.members]
    ownURL = try members.url(of: name, at: arguments.span(of: Self.members.manual))
    token = try arguments[Self.token]
    folder = try arguments[Self.folder]
    user = try arguments[Self.user]
    instance = try arguments[EtcdInstance.parameter]
    bump = try arguments[Self.bump]
    program = try arguments[EtcdClient.programParameter]
  }

  func reads(given facts: FactView) -> [FactRequest] {
    [FactRequest(UnitFact.self, instance.unit), FactRequest(FileFact.self, snapshot.string)]
      + instance.initialFile.file.reads(given: facts)
  }

  func decision(from facts: FactView) throws(Obstacle) -> ActionDecision {
    if case .present(let state) = facts.reading(UnitFact.self, instance.unit),
      !["inactive", "failed"].contains(state.activeState)
    {
      throw .refusing(
        "etcd-runs",
        "\(instance.unit) is \(state.activeState): its data is not taken away under it",
        help: "stop it first, on all members")
    }
    if try instance.initialFile.token(facts) == token {
      throw .refusing(
        "etcd-token", "the token `\(token)` is the one of before",
        help: "a member of the old cluster could be taken for one of the new: choose another")
    }
    var words = [
      "snapshot", "restore", snapshot.string, "--name=\(name)", "--initial-cluster=\(members.list)",
      "--initial-cluster-token=\(token)", "--initial-advertise-peer-urls=\(ownURL)",
    ]
    if bump > 0 { words += ["--bump-revision=\(bump)", "--mark-compacted"] }
    let script: Script = """
      tool=etcdutl
      command -v "$tool" >/dev/null || tool=\(program)
      folder=\(folder.string)
      new=$folder.restored.$$
      rm -rf -- "$new"
      ETCDCTL_API=3 "$tool" \(words: words) --data-dir="$new" >&2 || { rm -rf -- "$new"; exit 1; }
      chown -R \(user + ":") "$new" && chmod 700 "$new" || exit
      if [ -d "$folder/member" ]; then
        moved=$folder.before-$(date -u +%Y%m%dT%H%M%SZ)
        mkdir -m 700 "$moved" && mv -- "$folder/member" "$moved/" || exit
        printf %s "$moved"
      fi
      mkdir -p -m 700 "$folder" && chown \(user + ":") "$folder" || exit
      mv -- "$new/member" "$folder/" && rmdir "$new" || exit
      if [ -d \(instance.folder.string) ]; then
      \(instance.initialFile.script(cluster: "\(members.list)", token: token, state: "existing"))
      fi
      """
    let step = Step(
      "restore \(snapshot)", script,
      footprint: Footprint([
        .tree(folder.parent.string), .path(instance.initialFile.path.string),
      ]), deadline: .seconds(900))
    let change = Change(
      folder.string, "data", from: .text("as it is"), to: .text("as in \(snapshot)"),
      steps: [step], blast: .rebuild)
    return .run(ActionPlan(change, isOpaque: false))
  }

  func result(from replies: [StepReply]) -> ActionResult {
    ActionResult(["moved": .string(String((replies.last?.text ?? "").trimmed))], changed: true)
  }
}
