import ModuleKit
import Schema

/// What a member is told on its first start, `initial.env` in the folder of settings: etcd reads it only while it has no data.
///
/// It says `new` from the moment a cluster is begun until a later task has found the member at work: a host whose file
/// says so has never been part of a cluster that somebody relies on, so that a beginning which was cut short is gone on
/// with.
struct EtcdInitialFile: Sendable {
  let path: HostPath

  private static let new = #"ETCD_INITIAL_CLUSTER_STATE="new""#
  private static let existing = #"ETCD_INITIAL_CLUSTER_STATE="existing""#

  var file: WholeFile { WholeFile(path: path) }

  /// Writes it: `cluster` is `name=url,...` as the shell has it, `state` is `new` or `existing`.
  func script(cluster: Script, token: String, state: String) -> Script {
    """
    new_temp \(path.string) || exit
    printf 'ETCD_INITIAL_CLUSTER="%s"\\nETCD_INITIAL_CLUSTER_TOKEN="%s"\\nETCD_INITIAL_CLUSTER_STATE="%s"\\n' \\
      \(cluster) \(token) \(state) >"$temp" || exit
    place \(path.string) 0644 root:root || exit
    """
  }

  /// The token that the cluster was begun or restored with; nil where the file does not say.
  func token(_ facts: FactView) throws(Obstacle) -> String? {
    let start = "ETCD_INITIAL_CLUSTER_TOKEN=\""
    let line = try file.text(from: facts)?.fileLines.first { $0.hasPrefix(start) }
    return line.map { String($0.dropFirst(start.count).prefix { $0 != "\"" }) }
  }

  /// Whether a new cluster was begun, and nobody has seen it at work yet.
  func isNew(_ facts: FactView) throws(Obstacle) -> Bool {
    try file.text(from: facts)?.contains(Self.new) == true
  }

  /// The member works: it is one of a cluster from now on.
  func confirmation(_ facts: FactView) throws(Obstacle) -> [Change] {
    guard let text = try file.text(from: facts), text.contains(Self.new) else { return [] }
    return try file.changes(to: text.replacing(Self.new, with: Self.existing), from: facts)
  }
}
