import Diagnostics
import ModuleKit
import Schema

extension NodeModule {
  enum State: String, ParameterChoice { case present, cordoned, drained, uncordoned, absent }

  static let name = Parameter<String>.required(
    "name", "The node's name in Kubernetes.", isSubject: true)
  static let state = Parameter<State>.optional(
    "state",
    """
    `cordoned` keeps new pods away, `drained` sends those that are there away, too; `uncordoned` takes back what this module \
    has cordoned, and nothing else; `absent` removes the node from the cluster; `present` leaves all that alone.
    """, default: .present, shown: "present")
  static let labels = Parameter<NodeLabels?>.optional(
    "labels",
    "The labels that are to be there. One that was given before and is not any more is removed; `{}` removes them all."
  )
  static let annotations = Parameter<NodeLabels?>.optional(
    "annotations", "The annotations that are to be there, as `labels`.")
  static let taints = Parameter<[NodeTaint]?>.optional(
    "taints",
    "The taints that are to be there: `key=value:NoSchedule`, or dictionaries. Those of others are never removed."
  )
  static let isReady = Parameter<Bool>.optional(
    "ready",
    "Goes on when the node is ready and has renewed its lease within 20 seconds: the kubelet lives.",
    default: false, shown: "false")
  static let timeout = Parameter<Int>.optional(
    "timeout", "Seconds until a registration, a drain or readiness is given up.", default: 300,
    shown: "300")
  static let grace = Parameter<Int?>.optional(
    "grace_period", "Seconds that pods get to end; without it what each of them says.")
  static let deletesData = Parameter<Bool>.optional(
    "delete_emptydir_data", "Whether pods may go that lose what is in an emptyDir.", default: false,
    shown: "false")
  static let force = Parameter<Bool>.optional(
    "force", "Whether pods may go that nobody makes anew elsewhere.", default: false, shown: "false"
  )
  static let deletes = Parameter<Bool>.optional(
    "disable_eviction", "Deletes pods instead of evicting them: disruption budgets are not heeded.",
    default: false, shown: "false")

  static let manual = Manual(
    "node", .state,
    "A node of a Kubernetes cluster: labels, taints, whether it takes pods, readiness.",
    notes: [
      """
      Works by kubectl on a control plane: let the task run there for a list of nodes, or delegate it. Labels that a kubelet \
      may not give itself (`node-role.kubernetes.io/...`) go this way.
      """,
      """
      Whose a label is, the server notes (field managers `spile-node` and `spile-cordon`); which taints are ours, and that \
      we have cordoned the node, stands in the annotations `spile/taints` and `spile/cordoned`. A node that somebody else has \
      cordoned stays cordoned.
      """,
      """
      A drain leaves pods of DaemonSets and static pods alone. Pods that would be lost, or lose data, are named by a plan \
      already; budgets that stand in the way when it has come to nothing.
      """,
      "A node that has not registered yet is waited for; a plan does not count on it.",
    ],
    parameters: [
      name.manual, state.manual, labels.manual, annotations.manual, taints.manual, isReady.manual,
      timeout.manual, grace.manual, deletesData.manual, force.manual, deletes.manual,
    ] + KubernetesClient.manuals,
    results: [
      .init("ready", "Whether the node is ready."),
      .init("pod_cidr", "The range of its pods; empty where it has none."),
      .init("addresses", "Its addresses by type: `InternalIP`, `Hostname`."),
      .init("kubelet_version", "Such as `v1.34.2`."),
      .init("unschedulable", "Whether it takes no new pods."),
      .init("cordoned_by", "`spile`, `others`, or empty."),
    ],
    examples: [
      """
      - name: what a GPU node is for
        node:
          name: gpu1
          labels: {node-role.kubernetes.io/gpu: "", accelerator: nvidia}
          taints: ["dedicated=gpu:NoSchedule"]
        delegate_to: cp1
      """,
      """
      - name: the node takes no pods while it is worked on
        node:
          name: "{{ inventory_hostname }}"
          state: drained
          delete_emptydir_data: true
          timeout: 900
        delegate_to: "{{ groups['control_plane'] | first }}"
      """,
      """
      - name: back at work
        node:
          name: "{{ inventory_hostname }}"
          state: uncordoned
          ready: true
        delegate_to: "{{ groups['control_plane'] | first }}"
      """,
    ])
}
