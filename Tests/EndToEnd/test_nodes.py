"""Nodes of a real API server: labels, taints, cordon, drain and readiness, with a kubelet that is none."""

import os

import pytest
from checks import check
from control_plane import ControlPlane
from kubernetes_programs import newest
from spile import REPOSITORY
from spilelab.laboratory import Lab

NAME = "gpu1"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    newest()
    lab = Lab(os.environ.get("SPILE_NODES_LAB", REPOSITORY / ".demo/nodes"))
    lab.up(1, suite="trixie")
    cluster = ControlPlane(lab, tmp_path_factory.mktemp("nodes"))
    cluster.before = node(cluster, "plan", labels={"a": "b"})
    cluster.start()
    yield cluster
    lab.down()


def node(cluster, command="apply", expected=0, **arguments):
    result = cluster.task(command, "node", {"name": NAME, **arguments}, register="node")
    assert result.status == expected, result
    return result


def rerun_is_empty(cluster, **arguments):
    again = node(cluster, **arguments)
    assert again.changes("h1") == [], again
    assert again.exchanges("h1") == 1


def differences(result):
    tasks = [event for event in result.events if event["event"] == "task"]
    return {change["attribute"]: (change["before"], change["after"]) for task in tasks for change in task["changes"]}


def live(cluster):
    return cluster.get(f"node {NAME}")


def test_a_node_that_has_not_registered_is_waited_for(cluster):
    assert cluster.before.undecided("h1") == ["it"]
    assert "there is no /usr/local/bin/kubectl yet" in cluster.before.text
    plan = node(cluster, "plan", labels={"a": "b"})
    assert plan.undecided("h1") == ["it"]
    assert differences(plan)["registered"] == ("not yet", "yes")
    failed = node(cluster, expected=2, labels={"a": "b"}, timeout=2)
    assert "not found" in failed.text
    assert NAME not in cluster.kubectl("get nodes 2>&1")
    # What a kubelet does some time after its start.
    (cluster.host.root / "root/node.json").write_text(
        '{"apiVersion":"v1","kind":"Node","metadata":{"name":"gpu1","labels":{"theirs":"1","kept":"yes"}}}'
    )
    check(
        cluster.host,
        "systemd-run --quiet --unit=registration sh -c "
        "'sleep 3; kubectl --kubeconfig /etc/kubernetes/admin.conf create -f /root/node.json'",
    )
    node(cluster, labels={"a": "b"}, taints=["dedicated=gpu:NoSchedule"], timeout=60)
    assert live(cluster)["metadata"]["labels"] == {"theirs": "1", "kept": "yes", "a": "b"}
    rerun_is_empty(cluster, labels={"a": "b"}, taints=["dedicated=gpu:NoSchedule"])


def test_labels_of_ours_go_and_those_of_others_stay(cluster):
    wished = {"node-role.kubernetes.io/gpu": "", "theirs": "2", "kept": "yes"}
    plan = node(cluster, "plan", labels=wished, annotations={"example.com/rack": "r1"})
    assert differences(plan) == {
        "label a": ("b", None), "label node-role.kubernetes.io/gpu": (None, ""), "label theirs": ("1", "2"),
        "annotation example.com/rack": (None, "r1"),
    }  # fmt: skip
    result = node(cluster, labels=wished, annotations={"example.com/rack": "r1"})
    assert differences(result) == differences(plan)
    assert live(cluster)["metadata"]["labels"] == wished
    rerun_is_empty(cluster, labels=wished, annotations={"example.com/rack": "r1"})
    # What is not mentioned is left alone: a playbook that drains knows nothing of labels.
    rerun_is_empty(cluster, state="present")
    node(cluster, labels={}, annotations={})
    # The node was made with it: it is the maker's, too.
    assert live(cluster)["metadata"]["labels"] == {"kept": "yes"}
    assert "example.com/rack" not in live(cluster)["metadata"]["annotations"]


def taints(cluster):
    """The taints, without those of the node's own controllers."""
    found = live(cluster)["spec"].get("taints", [])
    return {
        f"{taint['key']}={taint.get('value', '')}:{taint['effect']}"
        for taint in found
        if not taint["key"].startswith("node.kubernetes.io/")
    }


def test_taints_of_others_are_never_removed(cluster):
    cluster.kubectl(f"taint node {NAME} storage=slow:PreferNoSchedule dedicated:NoExecute")
    before = taints(cluster)
    wished = ["dedicated=web:NoSchedule", {"key": "storage", "value": "slow", "effect": "PreferNoSchedule"}]
    result = node(cluster, taints=wished)
    assert differences(result) == {
        "taint dedicated:NoSchedule": ("dedicated=gpu:NoSchedule", "dedicated=web:NoSchedule")
    }
    assert taints(cluster) == before - {"dedicated=gpu:NoSchedule"} | {"dedicated=web:NoSchedule"}
    rerun_is_empty(cluster, taints=wished)
    # The one that was there before us stays.
    node(cluster, taints=[])
    assert taints(cluster) == {"storage=slow:PreferNoSchedule", "dedicated=:NoExecute"}
    rerun_is_empty(cluster, taints=[])


def test_only_a_cordon_of_ours_is_taken_back(cluster):
    plan = node(cluster, "plan", state="cordoned")
    assert differences(plan) == {"schedulable": ("yes", "no")}
    node(cluster, state="cordoned")
    assert live(cluster)["spec"]["unschedulable"] is True
    rerun_is_empty(cluster, state="cordoned")
    node(cluster, state="uncordoned")
    assert "unschedulable" not in live(cluster)["spec"]
    rerun_is_empty(cluster, state="uncordoned")
    # Somebody else has cordoned it, before us ...
    cluster.kubectl(f"cordon {NAME}")
    rerun_is_empty(cluster, state="cordoned")
    rerun_is_empty(cluster, state="uncordoned")
    assert live(cluster)["spec"]["unschedulable"] is True
    result = cluster.tasks("apply", [
        {"node": {"name": NAME, "state": "uncordoned"}, "register": "node"},
        {"assert": {"that": ["node.unschedulable", "node.cordoned_by == 'others'", "not node.ready"]}},
    ])  # fmt: skip
    assert result.status == 0, result
    cluster.kubectl(f"uncordon {NAME}")


def pod(name, **spec):
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
        "spec": {"nodeName": NAME, "tolerations": [{"operator": "Exists"}],
                 "containers": [{"name": "c", "image": "r/x:1"}], **spec},
    }  # fmt: skip


def put(cluster, *objects):
    result = cluster.task("apply", "kubernetes_object", {"definition": list(objects)})
    assert result.status == 0, result


def test_a_drain_names_what_stands_in_its_way(cluster):
    cluster.kubectl("-n default create serviceaccount default 2>/dev/null || :")
    put(cluster, pod("bare"), pod("cache", volumes=[{"name": "v", "emptyDir": {}}]))
    refused = node(cluster, "plan", 2, state="drained")
    assert "default/bare, default/cache" in refused.text and "force: true" in refused.text
    refused = node(cluster, "plan", 2, state="drained", force=True)
    assert "default/cache" in refused.text and "delete_emptydir_data: true" in refused.text
    assert "unschedulable" not in live(cluster)["spec"]
    budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "keep", "namespace": "default"},
              "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "bare"}}}}  # fmt: skip
    put(cluster, budget)
    running = '{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"False"}]}}'
    cluster.kubectl('-n default patch pod bare --subresource=status -p "$running"', running=running)
    check(
        cluster.host,
        "n=0; until kubectl --kubeconfig /etc/kubernetes/admin.conf get pdb keep"
        " -o 'jsonpath={.status.desiredHealthy}' | grep 1; do n=$((n + 1)); [ $n -lt 60 ]; sleep 0.5; done",
    )
    how = {"state": "drained", "force": True, "delete_emptydir_data": True, "grace_period": 0}
    failed = node(cluster, expected=2, **how, timeout=8)
    assert "default/keep (healthy 0, needed 1)" in failed.text, failed
    cluster.kubectl("-n default delete pdb keep")
    cluster.kubectl("-n default get pods")
    plan = node(cluster, "plan", **how)
    assert list(differences(plan)) == ["pods"] and "default/bare" in differences(plan)["pods"][0]
    task = next(event for event in plan.events if event["event"] == "task")
    assert task["changes"][0]["blast"] == "drain"
    node(cluster, **how)
    assert "No resources found" in cluster.kubectl("-n default get pods 2>&1")
    rerun_is_empty(cluster, **how)
    node(cluster, state="uncordoned")
    assert "unschedulable" not in live(cluster)["spec"]


def test_readiness_needs_a_kubelet_that_lives(cluster):
    failed = node(cluster, expected=2, ready=True, timeout=2)
    assert "lease" in failed.text
    ready = '{"status":{"conditions":[{"type":"Ready","status":"True","reason":"KubeletReady"}]}}'
    beat = """
    export KUBECONFIG=/etc/kubernetes/admin.conf
    echo '{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"gpu1","namespace":"kube-node-lease"}}' | kubectl create -f -
    while :; do
      kubectl patch node gpu1 --subresource=status -p "$1"
      kubectl -n kube-node-lease patch lease gpu1 -p "{\\"spec\\":{\\"renewTime\\":\\"$(date -u +%Y-%m-%dT%H:%M:%S.000000Z)\\"}}"
      sleep 2
    done"""
    check(cluster.host, 'systemd-run --quiet --unit=heart sh -c "$beat" heart "$ready"', beat=beat, ready=ready)
    node(cluster, ready=True, timeout=60)
    rerun_is_empty(cluster, ready=True)
    check(cluster.host, "systemctl stop heart; sleep 21")
    plan = node(cluster, "plan", ready=True)
    assert differences(plan)["ready"][0].startswith("its lease was renewed 2"), plan


def test_a_node_is_removed_once(cluster):
    assert differences(node(cluster, "plan", state="absent")) == {"node": ("registered", None)}
    node(cluster, state="absent")
    rerun_is_empty(cluster, state="absent")
