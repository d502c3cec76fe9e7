import Diagnostics
import ModuleKit
import Schema

extension EtcdMemberModule {
  enum CompactionMode: String, ParameterChoice { case periodic, revision }

  static let nameParameter = Parameter<String>.required(
    "name", "The member's name.", isSubject: true)
  static let membersParameter = Parameter<EtcdMembers>.required(
    "members", "Peer URLs of all members that there are to be, by name.")
  static let ownEndpointParameter = Parameter<String>.required(
    "client_url", "This member's own client URL; one of `endpoints`.")
  static let listenPeer = Parameter<[String]>.optional(
    "listen_peer_urls", "Where it listens for other members.", default: [],
    shown: "this member's own of `members`")
  static let listenClient = Parameter<[String]>.optional(
    "listen_client_urls", "Where it listens for clients.", default: [],
    shown: "`client_url` and its port on 127.0.0.1")
  static let metrics = Parameter<[String]>.optional(
    "listen_metrics_urls", "Where metrics and health are served without certificates.",
    default: [], shown: "none")
  static let tokenParameter = Parameter<String>.optional(
    "token", "Tells one cluster from another when they begin.", default: "etcd-cluster",
    shown: "etcd-cluster")
  static let newCluster = Parameter<Bool>.optional(
    "new_cluster",
    "Whether a member without data begins a new cluster with all `members` together. Only when no host of the cluster has data.",
    default: false, shown: "false")
  static let replace = Parameter<Bool>.optional(
    "replace", "Whether a member that has lost its data is removed and added anew.",
    default: false, shown: "false")
  static let dataFolderParameter = Parameter<HostPath>.optional(
    "data_dir", "Its data; must be there, mode 0700, owned by `user`.",
    default: HostPath("/var/lib/etcd") ?? .root, shown: "/var/lib/etcd")
  static let walFolder = Parameter<HostPath?>.optional(
    "wal_dir", "A folder of its own for the write-ahead log.")
  static let userParameter = Parameter<String>.optional(
    "user", "The account that it runs as.", default: "etcd", shown: "etcd")
  static let program = Parameter<HostPath>.optional(
    "program", "The etcd to run.", default: HostPath("/usr/bin/etcd") ?? .root,
    shown: "/usr/bin/etcd")
  static let serverCertificate = path("cert_file", "server.crt", "What it shows to clients.")
  static let serverKey = path("key_file", "server.key", "Its private key.")
  static let peerCertificate = path(
    "peer_cert_file", "peer.crt", "What it shows to other members.")
  static let peerKey = path("peer_key_file", "peer.key", "Its private key.")
  static let heartbeat = number(
    .heartbeat,
    "Milliseconds between heartbeats of the leader: about the longest round trip between members.",
    100)
  static let election = number(
    .election,
    "Milliseconds without a heartbeat until an election: at least 5 heartbeats, 10 are advised; the same on all members.",
    1000)
  static let snapshotCount = number(
    .snapshotCount, "Entries of the log between snapshots to the disk; no backup.", 10_000)
  static let quota = number(
    .quota, "The database's largest size in bytes; at most 8 GiB are advised.", 8 << 30)
  static let maxRequest = number(.maxRequest, "The largest request in bytes.", 1_572_864)
  static let compactionMode = Parameter<CompactionMode>.optional(
    "auto_compaction_mode", "Whether history is kept for a time or a number of revisions.",
    default: .periodic, shown: "periodic")
  static let compaction = Parameter<String>.optional(
    "auto_compaction_retention",
    "How much history is kept: `8h`, or revisions; `0` leaves it to the apiserver, which compacts every 5 minutes.",
    default: "0", shown: "0")
  static let logLevel = Parameter<String>.optional(
    "log_level", "`debug`, `info`, `warn` or `error`.", default: "info", shown: "info")
  static let extra = Parameter<ValueMap>.optional(
    "settings",
    "Further settings by the names of etcd's flags with `_` (`pre_vote: true`).",
    default: ValueMap(), shown: "none")
  static let oomScore = Parameter<Int>.optional(
    "oom_score_adjust", "Of the unit: -999 is the last to be killed when memory runs out.",
    default: -999, shown: "-999")
  static let timeoutParameter = Parameter<Int>.optional(
    "timeout", "Seconds that it may take until the member takes part.", default: 180, shown: "180")

  private static func path(_ name: String, _ file: String, _ summary: String) -> Parameter<HostPath>
  {
    let path = "/etc/kubernetes/pki/etcd/" + file
    return .optional(name, summary, default: HostPath(path) ?? .root, shown: path)
  }

  private static func number(
    _ kind: EtcdSettings.Number, _ summary: String, _ value: Int
  ) -> Parameter<EtcdNumber> {
    .optional(kind.rawValue, summary, default: EtcdNumber(value), shown: String(value))
  }

  static let manual = Manual(
    "etcd_member", .state,
    "A member of an etcd cluster: settings, unit, and its place in the cluster.",
    notes: [
      "The settings are variables of the environment in `/etc/etcd/etcd.env`, and what the running process has is compared with "
        + "them: it is restarted when it runs with others, or with a program that was replaced since. Before a restart the "
        + "other voting members are asked: without a quorum of them that is well nothing is stopped; a leader hands its "
        + "office over first. Certificates are read anew by etcd itself.",
      "A member without data joins the cluster that answers at `endpoints` as a learner, which does not count for the "
        + "quorum, and is promoted when it has caught up. Let hosts join one after another: put the task in a block with "
        + "`rolling`. With `new_cluster: true` all members begin together, as none is ready before a quorum is.",
      "A member whose data is gone is refused unless `replace: true`: a disk that is not mounted looks the same.",
      "The folder of the data, the account, the program and the certificates must be there before.",
    ],
    parameters: [
      nameParameter.manual, membersParameter.manual, ownEndpointParameter.manual,
    ] + EtcdClient.manuals + [
      EtcdInstance.parameter.manual, listenPeer.manual, listenClient.manual, metrics.manual,
      tokenParameter.manual,
      newCluster.manual, replace.manual, dataFolderParameter.manual, walFolder.manual,
      userParameter.manual, program.manual, serverCertificate.manual, serverKey.manual,
      peerCertificate.manual, peerKey.manual, heartbeat.manual, election.manual,
      snapshotCount.manual, quota.manual, maxRequest.manual, compactionMode.manual,
      compaction.manual, logLevel.manual, extra.manual, oomScore.manual, timeoutParameter.manual,
    ],
    results: [
      .init("name", "Its name."), .init("member_id", "Its number in the cluster, hexadecimal."),
      .init("is_learner", "Whether it does not vote yet."),
    ],
    examples: [
      """
      - name: a member of three
        etcd_member:
          name: m1
          client_url: https://10.0.0.1:2379
          endpoints: [https://10.0.0.1:2379, https://10.0.0.2:2379, https://10.0.0.3:2379]
          members:
            m1: https://10.0.0.1:2380
            m2: https://10.0.0.2:2380
            m3: https://10.0.0.3:2380
          quota_backend_bytes: 8589934592
      """
    ])
}
