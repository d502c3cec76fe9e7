import Diagnostics
import ModuleKit
import Schema

/// `etcd_drill`: restores a snapshot beside everything, looks whether it lives, and takes it away again.
struct EtcdDrillModule: ActionModule {
  private static let snapshot = Parameter<HostPath>.required(
    "snapshot",
    "A snapshot on the host, or a folder with them, of which the newest (`etcd-TIME.db`) is taken.",
    isSubject: true)
  private static let scratch = Parameter<HostPath>.optional(
    "scratch", "Below this folder it is restored; there must be room for the database.",
    default: HostPath("/var/tmp") ?? .root, shown: "/var/tmp")
  private static let port = Parameter<Int>.optional(
    "port", "The port of 127.0.0.1 for clients; the next one is for members.", default: 12379,
    shown: "12379")
  private static let minKeys = Parameter<Int>.optional(
    "min_keys", "How many keys there must be at least.", default: 1, shown: "1")
  private static let maxAge = Parameter<Int?>.optional(
    "max_age_hours", "How old the snapshot may be, in hours.")
  private static let timeout = Parameter<Int>.optional(
    "timeout", "Seconds until the restored member answers.", default: 120, shown: "120")
  private static let program = Parameter<HostPath>.optional(
    "program", "etcd itself.", default: HostPath("/usr/bin/etcd") ?? .root, shown: "/usr/bin/etcd")
  private static let serverCertificate = Parameter<HostPath>.optional(
    "server_cert_file", "The certificate that the restored member shows, for 127.0.0.1.",
    default: HostPath("/etc/kubernetes/pki/etcd/server.crt") ?? .root,
    shown: "/etc/kubernetes/pki/etcd/server.crt")
  private static let serverKey = Parameter<HostPath>.optional(
    "server_key_file", "Its private key.",
    default: HostPath("/etc/kubernetes/pki/etcd/server.key") ?? .root,
    shown: "/etc/kubernetes/pki/etcd/server.key")

  static let manual = Manual(
    "etcd_drill", .action, "Proves that a snapshot of etcd can be restored.",
    notes: [
      """
      It is restored into a folder of its own and started on loopback ports, with the certificates of the member and for clients \
      with a certificate only: what is in it is the whole cluster. Its keys are counted; then it is stopped and removed. The \
      member of the host is not touched.
      """
    ],
    parameters: [
      snapshot.manual, scratch.manual, port.manual, minKeys.manual, maxAge.manual, timeout.manual,
      program.manual, serverCertificate.manual, serverKey.manual, EtcdClient.caParameter.manual,
      EtcdClient.certificateParameter.manual, EtcdClient.keyParameter.manual,
      EtcdClient.programParameter.manual,
    ],
    results: [
      .init("snapshot", "Which one it was."), .init("age_hours", "How old it is."),
      .init("key_count", "How many keys are in it."),
      .init("seconds", "How long it took until they could be read."),
    ],
    examples: [
      """
      - name: the newest backup is one
        etcd_drill:
          snapshot: /var/backups/etcd
          min_keys: 100
          max_age_hours: 12
      """
    ])

  private let snapshot: HostPath
  private let scratch: HostPath
  private let port: Int
  private let minKeys: Int
  private let maxAge: Int?
  private let timeout: Int
  private let program: HostPath
  private let server: (certificate: HostPath, key: HostPath)
  private let client: EtcdClient

  init(_ arguments: Arguments) throws(Diagnostic) {
    snapshot = try arguments[Self.snapshot]
    scratch = try arguments[Self.scratch]
    port = try arguments[Self.port]
    minKeys = try arguments[Self.minKeys]
    maxAge = try arguments[Self.maxAge]
    timeout = try arguments[Self.timeout]
    program = try arguments[Self.program]
    server = (try arguments[Self.serverCertificate], try arguments[Self.serverKey])
    guard (1...65534).contains(port) else {
      throw Diagnostic(
        .error, "etcd-number", "`port` is from 1 to 65534, not \(port)",
        at: arguments.span(of: Self.port.manual))
    }
    client = try EtcdClient(
      arguments, endpoints: ["https://127.0.0.1:\(port)"], from: Self.port.manual)
  }

  func reads(given facts: FactView) -> [FactRequest] { [] }

  func decision(from facts: FactView) throws(Obstacle) -> ActionDecision {
    let step = Step(
      "restore \(snapshot) for a trial", script, footprint: .nothing,
      deadline: .seconds(timeout + 900), accepts: nil)
    let change = Change(
      snapshot.string, "restore", from: .absent, to: .text("tried"), steps: [step])
    return .run(ActionPlan(change, isOpaque: false, isHarmless: true))
  }

  private var peerURL: String { "https://127.0.0.1:\(port + 1)" }

  /// The words that start the restored member; both kinds of callers need a certificate.
  private var start: [String] {
    let url = client.endpoints[0]
    let ca = client.ca?.string ?? ""
    return [
      program.string, "--name=drill", "--listen-client-urls=\(url)",
      "--advertise-client-urls=\(url)",
      "--listen-peer-urls=\(peerURL)", "--initial-advertise-peer-urls=\(peerURL)",
      "--initial-cluster=drill=\(peerURL)", "--initial-cluster-token=drill",
      "--cert-file=\(server.certificate)", "--key-file=\(server.key)", "--trusted-ca-file=\(ca)",
      "--client-cert-auth=true", "--peer-cert-file=\(server.certificate)",
      "--peer-key-file=\(server.key)", "--peer-trusted-ca-file=\(ca)",
      "--peer-client-cert-auth=true",
      "--log-level=error",
    ]
  }

  /// Of all keys one is asked for: the answer says how many there are (`--count-only` is not in etcd 3.4).
  private var script: Script {
    """
    snapshot=\(snapshot.string)
    if [ -d "$snapshot" ]; then
      newest=$(ls -1 "$snapshot" | grep -E '^etcd-[0-9]{8}T[0-9]{6}Z\\.db$' | tail -n 1)
      [ "$newest" ] || { echo \("there is no snapshot in \(snapshot)") >&2; exit 1; }
      snapshot=$snapshot/$newest
    fi
    changed=$(stat -c %Y -- "$snapshot") || exit
    begun=$(date +%s)
    folder=$(mktemp -d \(scratch.string)/etcd-drill.XXXXXX) || exit
    pid=
    finish() { [ -z "$pid" ] || { kill "$pid" && wait "$pid"; } 2>/dev/null; rm -rf -- "$folder"; }
    trap finish EXIT
    trap 'exit 143' HUP INT TERM
    tool=etcdutl
    command -v "$tool" >/dev/null || tool=\(client.program)
    ETCDCTL_API=3 "$tool" snapshot restore "$snapshot" --name=drill --data-dir="$folder/data" \\
      \("--initial-cluster=drill=\(peerURL)") --initial-cluster-token=drill \\
      \("--initial-advertise-peer-urls=\(peerURL)") >"$folder/log" 2>&1 || { cat "$folder/log" >&2; exit 1; }
    env -i PATH="$PATH" \(words: start) --data-dir="$folder/data" >"$folder/log" 2>&1 </dev/null &
    pid=$!
    end=$((begun + \(timeout)))
    until said=$(\(words: client.words()) get '' --prefix --keys-only --limit=1 -w fields 2>&1); do
      if ! kill -0 "$pid" 2>/dev/null || [ "$(date +%s)" -ge "$end" ]; then
        { printf '%s\\n' "$said"; tail -n 5 "$folder/log"; } >&2
        exit 1
      fi
      sleep 1
    done
    now=$(date +%s)
    put "$snapshot" "$(((begun - changed) / 3600))" "$(printf '%s\\n' "$said" | sed -n 's/^"Count" : //p')" "$((now - begun))"
    """
  }

  func result(from replies: [StepReply]) -> ActionResult {
    guard let reply = replies.last, reply.status == 0 else {
      let said = String((replies.last?.errorText ?? "").trimmed)
      return ActionResult(
        ["msg": .string(said)], changed: false, failure: "the snapshot can not be restored: \(said)"
      )
    }
    let fields = reply.output[...].pieces(at: 0).map { String(decoding: $0, as: UTF8.self) }
    guard fields.count >= 4, let age = Int(fields[1]), let keys = Int(fields[2]),
      let seconds = Int(fields[3])
    else { return ActionResult([:], changed: false, failure: "the host did not say what is in it") }
    let result: ValueMap = [
      "snapshot": .string(fields[0]), "age_hours": .int(age), "key_count": .int(keys),
      "seconds": .int(seconds),
    ]
    var failure: String?
    if keys < minKeys { failure = "\(fields[0]) has \(keys) keys, \(minKeys) are the least" }
    if let maxAge, age > maxAge {
      failure = "\(fields[0]) is \(age) hours old, \(maxAge) are the most"
    }
    return ActionResult(result, changed: false, failure: failure)
  }
}
