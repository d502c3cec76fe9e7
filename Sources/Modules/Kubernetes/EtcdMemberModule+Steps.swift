import ModuleKit
import Schema

extension EtcdMemberModule {
  private var others: [String] { client.endpoints.filter { $0 != ownEndpoint } }

  /// The words of etcdctl for these endpoints, whoever of them answers; none where the command goes on to name them.
  private func etcdctl(_ endpoints: [String], seconds: Int = 10) -> Script {
    "\(words: client.words(endpoints, seconds: seconds))"
  }

  /// Writes what a member is told on its first start, and starts it.
  ///
  /// `cluster`: `name=url,...`; etcd reads this only while it has no data.
  func begin(_ cluster: String) -> Step {
    Step(
      "start \(unit) as a member of a new cluster",
      """
      \(initialFile.script(cluster: "\(cluster)", token: token, state: "new"))
      systemctl daemon-reload
      systemctl restart --no-block -- \(unit)
      """, footprint: .any)
  }

  /// Adds the member as a learner, which does not count for the quorum, unless it was added before; then starts it.
  func joining(isAdded: Bool) -> Step {
    let add: Script =
      isAdded
      ? ""
      : "\(etcdctl(others)) member add \(name) --learner \("--peer-urls=" + peerURLs.joined(separator: ",")) || exit"
    return Step(
      isAdded ? "start \(unit)" : "add \(name) to the cluster as a learner, and start \(unit)",
      """
      \(EtcdClient.eachMember)
      \(add)
      list=$(\(etcdctl(others)) member list) || exit
      entry() {
        case ,$peers, in *,\(peerURLs[0]),*) member=\(name) ;; esac
        printf '%s=%s\\n' "$member" "$peers"
      }
      cluster=$(printf '%s\\n' "$list" | each_member entry | paste -sd, -)
      \(initialFile.script(cluster: #""$cluster""#, token: token, state: "existing"))
      \(launching("restart"))
      """, footprint: .any, deadline: .seconds(timeout + 60))
  }

  /// Makes a learner a voting member as soon as it has caught up.
  func promotion(_ id: String?) -> Step {
    let known: Script =
      id.map { "id=\($0)" }
        ?? """
        \(EtcdClient.eachMember)
        own() { case ,$peers, in *,\(peerURLs[0]),*) echo "$id" ;; esac; }
        id=$(\(etcdctl(others)) member list | each_member own)
        """
    return Step(
      "promote \(name)",
      """
      \(known)
      [ "$id" ] || { echo \("\(name) is not in the cluster's list of members") >&2; exit 1; }
      end=$(($(date +%s) + \(timeout)))
      until said=$(\(etcdctl(others)) member promote "$id" 2>&1); do
        case $said in *'not a learner'*) exit 0 ;; esac
        if [ "$(date +%s)" -ge "$end" ]; then printf '%s\\n' "$said" >&2; exit 1; fi
        sleep 1
      done
      """, footprint: .any, deadline: .seconds(timeout + 60))
  }

  /// Takes a dead member out of the cluster.
  func removal(_ id: String) -> Step {
    Step(
      "remove member \(id)",
      "\(etcdctl(others)) member remove \(id)", footprint: .any)
  }

  /// Refuses to go on unless the cluster keeps its quorum without this member, and hands leadership to another.
  func stand() -> Step {
    Step(
      "see whether \(name) may be stopped",
      """
      \(wellOthers)
      status=$(\(etcdctl([ownEndpoint])) endpoint status) || exit 0
      case $status in *', true, '*) ;; *) exit 0 ;; esac
      own=${status#*, }; own=${own%%, *}
      hand_over() {
        if [ "$learner" = true ] || [ "$state" != started ] || [ "$id" = "$own" ]; then return 0; fi
        ! \(etcdctl([ownEndpoint])) move-leader "$id"
      }
      \(etcdctl(client.endpoints)) member list | each_member hand_over
      :
      """, footprint: .any, deadline: .seconds(120))
  }

  /// Fails unless the voting members beside this one are a quorum and well.
  ///
  /// Of two it is the other one, and an outage either way. A cluster of one has nobody to ask.
  private var wellOthers: Script {
    """
    \(EtcdClient.eachMember)
    list=$(\(etcdctl(client.endpoints)) member list) || {
      echo 'the cluster does not answer: a member of a cluster without quorum is not stopped' >&2
      exit 1
    }
    well=0 total=0 complaints=
    look() {
      [ "$learner" = false ] || return 0
      total=$((total + 1))
      [ "$member" != \(name) ] || return 0
      if said=$(\(etcdctl([])) --endpoints="${clients%%,*}" endpoint health 2>&1); then
        well=$((well + 1))
      else
        complaints="$complaints$member: $said
    "
      fi
    }
    each_member look <<END
    $list
    END
    needed=$((total / 2 + 1))
    [ "$needed" -lt "$total" ] || needed=$((total - 1))
    if [ "$well" -lt "$needed" ]; then
      echo "of the other $((total - 1)) voting members $well are well and $needed are needed: the cluster would lose its quorum" >&2
      printf %s "$complaints" >&2
      exit 1
    fi
    """
  }

  func launch(_ verb: String) -> Step {
    Step(
      "systemctl \(verb) \(unit)", launching(verb), footprint: .any,
      deadline: .seconds(timeout + 60))
  }

  /// The unit is of type `notify`: it is active when the member has joined its cluster.
  private func launching(_ verb: String) -> Script {
    """
    systemctl daemon-reload
    systemctl \(verb) -- \(unit) || {
      status=$?
      systemctl --no-pager --full --lines=15 status -- \(unit) >&2
      exit "$status"
    }
    """
  }

  /// A member that has got another address: the cluster is told before the member comes back with it.
  func move(_ member: EtcdClusterFact.Member) -> Change {
    Change(
      name, "peer URLs", from: .text(member.peerURLs.joined(separator: ", ")),
      to: .text(peerURLs.joined(separator: ", ")),
      steps: [
        stand(),
        Step(
          "member update \(member.id)",
          "\(etcdctl(others)) member update \(member.id) \("--peer-urls=" + peerURLs.joined(separator: ","))",
          footprint: .any),
        launch("restart"),
      ], blast: .restart, settle: .seconds(timeout))
  }
}
