import Diagnostics
import ModuleKit
import Schema

/// How a snapshot of a member is taken, read back before it counts, copied elsewhere, and how old ones go: the one place
/// for `etcd_snapshot` and for what a timer runs.
struct EtcdSnapshotScript: Sendable {
  let folder: HostPath
  let client: EtcdClient
  let keep: Int
  /// Where a copy goes by ssh(1); nil for nowhere.
  var copy: Destination?

  /// `user@host:/folder/`: another machine that takes files by ssh.
  struct Destination: ParameterType, Hashable {
    static let typeDescription = "destination such as `user@host:/folder`"

    let login: String
    let folder: HostPath

    init(_ argument: Argument) throws(Diagnostic) {
      let text = argument.sourceText ?? ""
      guard let (login, folder) = text.halves(at: ":"), !login.isEmpty, !login.hasPrefix("-"),
        login.allSatisfy({ $0.isASCII && !$0.isWhitespace }), let path = HostPath(String(folder))
      else {
        throw argument.wrong(
          "etcd-backup", "is no destination: \(argument.shown)",
          help:
            "write `user@host:/folder`: an account that can log in with a key, and a folder that is there"
        )
      }
      self.login = String(login)
      self.folder = path
    }
  }

  static let folderParameter = Parameter<HostPath>.required(
    "path",
    "The folder of the snapshots; must be there. Snapshots hold every secret of the cluster.",
    isSubject: true)
  static let endpoint = Parameter<String>.required(
    "endpoint", "The client URL of one member: a snapshot is taken of one, not of several.")
  static let keepParameter = Parameter<Int>.optional(
    "keep", "How many snapshots stay, the newest ones.", default: 7, shown: "7")
  static let manuals = [
    folderParameter.manual, endpoint.manual, keepParameter.manual, EtcdClient.caParameter.manual,
    EtcdClient.certificateParameter.manual, EtcdClient.keyParameter.manual,
    EtcdClient.programParameter.manual,
  ]

  init(_ arguments: Arguments) throws(Diagnostic) {
    folder = try arguments[Self.folderParameter]
    client = try EtcdClient(
      arguments, endpoints: [arguments[Self.endpoint]], from: Self.endpoint.manual)
    keep = try arguments[Self.keepParameter]
    guard keep > 0 else {
      throw Diagnostic(
        .error, "etcd-number", "`keep` must be at least 1, not \(keep)",
        at: arguments.span(of: Self.keepParameter.manual))
    }
  }

  /// Ends with `$name`, the snapshot's name in the folder, and `$status`, what its verification said.
  var script: Script {
    """
    cd \(folder.string) || exit
    umask 077
    new=.etcd.part.$$
    trap 'rm -f -- "$new" "$new.part"' EXIT
    \(words: client.words(seconds: 600)) snapshot save "$new" >/dev/null || exit
    chmod 600 "$new"
    tool=etcdutl
    command -v "$tool" >/dev/null || tool=\(client.program)
    status=$(ETCDCTL_API=3 "$tool" snapshot status "$new" 2>/dev/null) || {
      echo 'the snapshot cannot be read back' >&2
      exit 1
    }
    name=etcd-$(date -u +%Y%m%dT%H%M%SZ).db
    mv -- "$new" "$name" || exit
    trap - EXIT
    count=0
    for old in $(ls -1r | grep -E '^etcd-[0-9]{8}T[0-9]{6}Z\\.db$'); do
      count=$((count + 1))
      [ "$count" -le \(keep) ] || rm -f -- "$old"
    done
    \(copying)
    """
  }

  /// Over there it has its name only when all of it has arrived, and the digest is the same.
  private var copying: Script {
    guard let copy else { return "" }
    let receive: Script = """
      umask 077 && cd \(copy.folder.string) && cat >".$1.part" && sum=$(sha256sum <".$1.part") &&
      [ "${sum%% *}" = "$2" ] && mv -- ".$1.part" "$1"
      """
    return """
      sum=$(sha256sum <"$name") || exit
      ssh -o BatchMode=yes \(copy.login) sh -c \(Script.quoted(receive.source)) receive \\
        "$(uname -n)-$name" "${sum%% *}" <"$name" || {
        echo \("the copy at \(copy.login) was not made") >&2
        exit 1
      }
      """
  }
}
