"""Objects of a real API server: planned, applied, left alone, owned beside others, removed; before there is a server."""

import json
import os

import pytest
from checks import check
from control_plane import ControlPlane
from kubernetes_programs import newest
from spile import REPOSITORY
from spilelab.laboratory import Lab

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    newest()
    lab = Lab(os.environ.get("SPILE_KUBERNETES_LAB", REPOSITORY / ".demo/kubernetes"))
    lab.up(1, suite="trixie")
    cluster = ControlPlane(lab, tmp_path_factory.mktemp("objects"))
    # What a plan says where nothing is there yet.
    cluster.before = cluster.task("plan", "kubernetes_object", {"definition": everything()})
    cluster.failed = cluster.task("apply", "kubernetes_object", {"definition": everything()})
    cluster.start()
    cluster.first_plan = cluster.task("plan", "kubernetes_object", {"definition": everything()})
    yield cluster
    lab.down()


def configuration(name="settings", **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "web"}, "data": data}


def everything():
    """Objects in an order that no server would take: things before their kind, all of it before its namespace."""
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}}
    return [
        {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "one", "namespace": "web"}, "spec": {"size": 3}},
        configuration(mode="slow", text="one\ntwo\n"),
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login", "namespace": "web"}, "stringData": {"password": PASSWORD}},
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "front", "namespace": "web"},
         "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "front"}},
                  "template": {"metadata": {"labels": {"app": "front"}},
                               "spec": {"containers": [{"name": "web", "image": "registry.example.com/web:1"}]}}}},
        {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "things.example.com"},
         "spec": {"group": "example.com", "scope": "Namespaced", "names": {"plural": "things", "singular": "thing", "kind": "Thing"},
                  "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}]}},
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "web"}},
    ]  # fmt: skip


def apply(cluster, definition, command="apply", **arguments):
    result = cluster.task(command, "kubernetes_object", {"definition": definition, **arguments})
    assert result.status == 0, result
    return result


def differences(result):
    """What differs, by object and path: what was and what will be."""
    tasks = [event for event in result.events if event["event"] == "task"]
    return {
        (change["subject"], change["attribute"]): (change["before"], change["after"])
        for task in tasks
        for change in task["changes"]
    }


def versions(cluster):
    """The resource versions of everything that was applied."""
    found = cluster.get("namespace/web crd/things.example.com")["items"]
    found += cluster.get("-n web configmap/settings secret/login deployment/front things/one")["items"]
    return {item["kind"] + item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in found}


def test_without_a_server_a_plan_says_so_and_an_apply_fails(cluster):
    assert cluster.before.status == 0, cluster.before
    assert cluster.before.undecided("h1") == ["it"]
    assert "there is no /usr/local/bin/kubectl yet" in cluster.before.text
    assert cluster.failed.status == 2
    assert "there is no /usr/local/bin/kubectl yet" in cluster.failed.text


def test_a_plan_foresees_kinds_and_namespaces(cluster):
    found = differences(cluster.first_plan)
    assert cluster.first_plan.status == 0, cluster.first_plan
    assert {subject for subject, _ in found} == {
        "Namespace/web", "CustomResourceDefinition/things.example.com", "Secret/web/login",
        "ConfigMap/web/settings", "Deployment/web/front", "Thing/web/one",
    }  # fmt: skip
    assert all(before is None for before, _ in found.values())
    assert found["Secret/web/login", "object"][1] == "[secret]"
    assert cluster.first_plan.changes("h1") == ["it"]
    assert "web" not in cluster.kubectl("get namespaces")
    # What other tasks have to make is not counted on.
    for missing, definition in (("namespace", configuration()), ("kind", {**everything()[0], "metadata": {"name": "t"}})):
        alone = apply(cluster, definition, "plan")
        assert alone.undecided("h1") == ["it"], alone
        assert f"object (its {missing} is not there yet)" in [attribute for _, attribute in differences(alone)]
    failed = cluster.task("apply", "kubernetes_object", {"definition": configuration()})
    assert failed.status == 2 and 'namespaces \\"web\\" not found' in failed.text, failed


def test_everything_is_applied_and_a_rerun_writes_nothing(cluster):
    result = apply(cluster, everything(), wait=True)
    assert result.changes("h1") == ["it"]
    before = versions(cluster)
    assert len(before) == 6
    again = apply(cluster, everything(), wait=True)
    assert again.changes("h1") == [], again
    assert again.exchanges("h1") == 1
    assert versions(cluster) == before
    assert cluster.get("-n web secret login")["data"].keys() == {"password"}


def test_a_plan_says_what_differs_by_path_and_shows_no_secret(cluster):
    wished = everything()
    wished[0]["spec"]["size"] = 4
    wished[1]["metadata"]["labels"] = {"app.kubernetes.io/name": "web"}
    wished[1]["data"] = {"mode": "fast", "text": "one\nthree\n"}
    wished[2]["stringData"] = {"password": PASSWORD + "!", "user": "somebody"}
    wished[3]["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example.com/web:2"
    plan = apply(cluster, wished, "plan")
    assert differences(plan) == {
        ("Thing/web/one", "spec.size"): ("3", "4"),
        ("ConfigMap/web/settings", "metadata.labels"): (None, '{"app.kubernetes.io/name":"web"}'),
        ("ConfigMap/web/settings", "data.mode"): ("slow", "fast"),
        ("ConfigMap/web/settings", "data.text"): ("one\ntwo\n", "one\nthree\n"),
        ("Secret/web/login", "data.password"): ("[secret]", "[secret]"),
        ("Secret/web/login", "data.user"): (None, "[secret]"),
        ("Deployment/web/front", "spec.template.spec.containers[web].image"): (
            "registry.example.com/web:1", "registry.example.com/web:2"),
    }  # fmt: skip
    result = apply(cluster, wished)
    assert differences(result) == differences(plan)
    for text in (plan.text, result.text):
        assert "horse" not in text and "Y29ycmVjd" not in text
    # What is not declared any more goes, what others have added stays.
    cluster.kubectl("-n web label configmap settings theirs=yes")
    back = apply(cluster, everything())
    assert differences(back)["ConfigMap/web/settings", "metadata.labels['app.kubernetes.io/name']"] == ("web", None)
    assert cluster.get("-n web configmap settings")["metadata"]["labels"] == {"theirs": "yes"}
    assert apply(cluster, everything()).changes("h1") == []


def test_a_conflict_names_the_other_manager_and_can_be_decided(cluster):
    patch = '{"data":{"mode":"theirs"}}'
    cluster.kubectl("-n web patch configmap settings --field-manager=night-shift -p \"$patch\"", patch=patch)
    for command in ("plan", "apply"):
        result = cluster.task(command, "kubernetes_object", {"definition": everything()})
        assert result.status == 2, result
        assert "night-shift owns .data.mode" in result.text
        assert "force_conflicts: true" in result.text
    assert cluster.get("-n web configmap settings")["data"]["mode"] == "theirs"
    taken = apply(cluster, everything(), force_conflicts=True)
    assert differences(taken) == {("ConfigMap/web/settings", "data.mode"): ("theirs", "slow")}
    assert apply(cluster, everything()).changes("h1") == []


def test_what_the_server_refuses_is_an_error_of_the_plan(cluster):
    wished = everything()[3]
    wished["spec"]["selector"]["matchLabels"]["app"] = "other"
    wished["spec"]["template"]["metadata"]["labels"]["app"] = "other"
    result = cluster.task("plan", "kubernetes_object", {"definition": wished})
    assert result.status == 2
    assert "field is immutable" in result.text


def test_waiting_says_what_is_missing_and_ends(cluster):
    wished = everything()[3]
    wished["metadata"]["name"] = "never"
    wished["spec"]["replicas"] = 1
    # There is no node: its pod stays where it is.
    result = cluster.task("apply", "kubernetes_object", {"definition": wished, "wait": True, "timeout": 3})
    assert result.status == 2, result
    assert "0 of 1" in result.text or "timed out" in result.text, result
    plan = apply(cluster, wished, "plan", wait=True)
    assert differences(plan) == {("Deployment/web/never", "rolled out"): ("0 of 1 available", "rolled out")}
    assert apply(cluster, wished).changes("h1") == []


def test_what_is_taken_over_from_others_is_owned(cluster):
    cluster.kubectl("-n web create configmap found --from-literal=a=1")
    wished = configuration("found", a="1")
    result = apply(cluster, wished)
    assert list(differences(result)) == [("ConfigMap/web/found", "owned fields")]
    assert apply(cluster, wished).changes("h1") == []


def test_text_with_documents_and_files_of_the_controller(cluster):
    text = "".join(
        "---\n" + json.dumps({**configuration(name, a="1"), "metadata": {"name": name}}) + "\n" for name in ("t1", "t2")
    )
    assert len(differences(apply(cluster, text, namespace="web"))) == 2
    (cluster.folder / "manifests.yml").write_text(text)
    source = {"src": str(cluster.folder / "manifests.yml"), "namespace": "web"}
    assert cluster.task("apply", "kubernetes_object", source).changes("h1") == []
    removed = cluster.task("apply", "kubernetes_object", {**source, "state": "absent"})
    assert {subject for subject, _ in differences(removed)} == {"ConfigMap/web/t1", "ConfigMap/web/t2"}


def test_nothing_of_an_object_is_in_an_argument_vector(cluster):
    watch = """
    end=$(($(date +%s) + 6))
    while [ "$(date +%s)" -lt "$end" ]; do
      for file in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <"$file" >>/root/seen 2>/dev/null || :; done
    done"""
    check(cluster.host, "systemd-run --quiet --unit=watcher bash -c \"$watch\"", watch=watch)
    wished = everything()
    wished[2]["stringData"]["password"] = PASSWORD + " staple"
    apply(cluster, wished)
    check(cluster.host, "while systemctl is-active watcher; do sleep 0.3; done; grep -q 'kubectl .*apply' /root/seen")
    check(cluster.host, "fails grep -qE 'horse|Y29ycmVjd|registry.example.com' /root/seen")


def test_a_server_that_is_away_makes_a_plan_undecided(cluster):
    cluster.stop_service("kube-apiserver")
    plan = cluster.task("plan", "kubernetes_object", {"definition": everything()})
    assert plan.status == 0, plan
    assert plan.undecided("h1") == ["it"]
    assert "there is no API server yet" in plan.text
    failed = cluster.task("apply", "kubernetes_object", {"definition": everything()})
    assert failed.status == 2
    assert "connection refused" in failed.text
    cluster.start_service("kube-apiserver")
    cluster.wait_for_server()


def test_everything_is_removed_once(cluster):
    for name in ("never", "found"):
        kind = "deployment" if name == "never" else "configmap"
        cluster.kubectl(f"-n web delete {kind} {name}")
    plan = apply(cluster, everything(), "plan", state="absent")
    assert [subject for subject, _ in differences(plan)] == [
        "Thing/web/one", "Deployment/web/front", "ConfigMap/web/settings", "Secret/web/login",
        "CustomResourceDefinition/things.example.com", "Namespace/web",
    ]  # fmt: skip
    result = apply(cluster, everything(), state="absent")
    assert differences(result) == differences(plan)
    again = apply(cluster, everything(), state="absent")
    assert again.changes("h1") == [] and again.exchanges("h1") == 1
