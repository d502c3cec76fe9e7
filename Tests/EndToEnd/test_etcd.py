"""An etcd cluster through its life: begun, changed, damaged, grown, lost and restored."""

import json
import os
import random
import re
import subprocess
import time

import pytest
from checks import check
from spile import BINARY, REPOSITORY, Spile
from spilelab.laboratory import Lab

PLAYBOOKS = REPOSITORY / "playbooks"
CTL = (
    "ETCDCTL_API=3 etcdctl --cacert=/etc/kubernetes/pki/etcd/ca.crt"
    " --cert=/etc/kubernetes/pki/etcd/healthcheck-client.crt"
    " --key=/etc/kubernetes/pki/etcd/healthcheck-client.key --endpoints={endpoints}"
)


class Cluster:
    """Hosts of a lab as an etcd cluster, and what one knows of it without Spile."""

    def __init__(self, lab, folder):
        self.lab = lab
        self.folder = folder
        self.spile = Spile(lab, folder / "home")
        self.members = ["h1", "h2", "h3"]
        self.variables = {}
        password = folder / "vault-password"
        password.write_text("a password of the tests\n")
        password.chmod(0o600)

    def inventory(self):
        hosts = {name: {"ansible_host": self.lab.host(name).address} for name in self.members}
        content = {
            "etcd": {
                "hosts": hosts,
                "vars": {
                    "ansible_user": "root",
                    "ansible_ssh_private_key_file": f"{self.lab.folder}/ssh/id_ed25519",
                    "ansible_ssh_common_args": (
                        f"-o UserKnownHostsFile={self.lab.folder}/ssh/known_hosts"
                    ),
                    # The hosts of the lab have the packages, and not the right to lower the score.
                    "etcd_packages": [],
                    "etcd_oom_score_adjust": 0,
                    **self.variables,
                },
            }
        }
        path = self.folder / "hosts.yml"
        path.write_text(json.dumps(content, indent=2))
        return path

    def run(self, command, playbook, *extra):
        return self.spile.json(
            command, "-i", self.inventory(), PLAYBOOKS / playbook,
            "--vault-password-file", self.folder / "vault-password", *extra,
        )  # fmt: skip

    def apply(self, playbook, *extra):
        result = self.run("apply", playbook, *extra)
        failed = [event for event in result.events if event.get("status") == "failed"]
        assert result.status == 0, failed or result
        return result

    def start_and_kill(self, playbook, seconds):
        """Starts a run and kills it (SIGKILL) after some time, if it is still there."""
        words = [
            BINARY, "apply", "-i", self.inventory(), PLAYBOOKS / playbook,
            "--vault-password-file", self.folder / "vault-password",
        ]  # fmt: skip
        run = subprocess.Popen(
            self.lab.controller_command("timeout", "-s", "KILL", f"{seconds:.2f}", *map(str, words)),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"HOME": str(self.folder / "home"), "PATH": os.environ["PATH"]}, cwd=REPOSITORY,
        )  # fmt: skip
        run.wait(timeout=120)

    def endpoints(self):
        return [f"https://{self.lab.host(name).address}:2379" for name in self.members]

    def ctl(self, words, on="h1", endpoints=None):
        command = CTL.format(endpoints=",".join(endpoints or self.endpoints()))
        return check(self.lab.host(on), f"{command} {words}")

    def listed(self, on="h1"):
        return [line.split(", ") for line in self.ctl("member list", on).splitlines()]

    def leader(self):
        for name in self.members:
            own = [f"https://{self.lab.host(name).address}:2379"]
            if ", true, false, " in self.ctl("endpoint status", endpoints=own):
                return name
        raise AssertionError("nobody leads")

    def begin_writing(self):
        """A client on h1 that writes one key after another and notes what was acknowledged."""
        put = CTL.format(endpoints=",".join(self.endpoints())) + " --command-timeout=20s put"
        loop = (
            f"export {put.split(' ', 1)[0]}; n=0; while [ ! -e /root/stop ]; do n=$((n + 1));"
            f" {put.split(' ', 1)[1]} /written/$n $n && echo $n >>/root/acknowledged; done"
        )
        check(
            self.lab.host("h1"),
            "rm -f /root/stop /root/acknowledged; systemd-run --quiet --unit=writer sh -c \"$loop\"",
            loop=loop,
        )

    def end_writing(self):
        """Stops the client; everything that was acknowledged must be there."""
        check(self.lab.host("h1"), "touch /root/stop; while systemctl is-active --quiet writer; do sleep 0.2; done")
        acknowledged = check(self.lab.host("h1"), "cat /root/acknowledged").split()
        assert len(acknowledged) > 10
        kept = self.ctl("get --prefix /written/ --keys-only").split()
        assert {f"/written/{n}" for n in acknowledged} <= set(kept)

    def starts(self):
        """When each member was started: microseconds of the clock that all hosts share."""
        words = "systemctl show --property=ExecMainStartTimestampMonotonic --value etcd.service"
        return {name: int(check(self.lab.host(name), words)) for name in self.members}


# Debian 12 has etcd 3.4, Debian 13 etcd 3.5.
@pytest.fixture(scope="module", params=["bookworm", "trixie"])
def cluster(request, tmp_path_factory):
    lab = Lab(os.environ.get("SPILE_ETCD_LAB", REPOSITORY / ".demo/etcd"))
    lab.up(5, suite=request.param)
    cluster = Cluster(lab, tmp_path_factory.mktemp("etcd"))
    cluster.kills = 8 if request.param == "bookworm" else 2
    yield cluster
    lab.down()


def test_three_members_begin_together_and_a_rerun_is_empty(cluster):
    plan = cluster.run("plan", "etcd.yml")
    assert plan.status == 0, plan
    cluster.apply("etcd.yml")
    listed = cluster.listed()
    assert sorted(line[2] for line in listed) == ["h1", "h2", "h3"]
    assert all(line[1] == "started" and line[5] == "false" for line in listed)
    starts = cluster.starts()
    again = cluster.apply("etcd.yml")
    assert [again.changes(name) for name in cluster.members] == [[], [], []], again
    assert [again.exchanges(name) for name in cluster.members] == [1, 1, 1], again
    site = cluster.apply("site.yml", "--tags", "etcd")
    assert [site.changes(name) for name in cluster.members] == [[], [], []], site
    assert cluster.starts() == starts
    # Neither clients nor members without a certificate are let in.
    host = cluster.lab.host("h1")
    check(host, f"fails env ETCDCTL_API=3 etcdctl --endpoints={cluster.endpoints()[0]} "
          "--cacert=/etc/kubernetes/pki/etcd/ca.crt member list")  # fmt: skip


def test_a_changed_flag_rolls_the_leader_last_and_loses_no_write(cluster):
    leader = cluster.leader()
    before = cluster.starts()
    cluster.begin_writing()
    plan = cluster.run("plan", "etcd.yml", "-e", "etcd_snapshot_count=20000")
    assert plan.status == 0, plan
    result = cluster.apply("etcd.yml", "-e", "etcd_snapshot_count=20000")
    cluster.end_writing()
    starts = cluster.starts()
    assert all(starts[name] > before[name] for name in cluster.members), result
    order = sorted(starts, key=starts.get)
    assert order[-1] == leader, (order, leader)
    for name in cluster.members:
        check(
            cluster.lab.host(name),
            "pid=$(systemctl show -P MainPID etcd); tr '\\0' '\\n' < /proc/$pid/environ"
            " | grep -x ETCD_SNAPSHOT_COUNT=20000",
        )
    again = cluster.apply("etcd.yml", "-e", "etcd_snapshot_count=20000")
    assert [again.changes(name) for name in cluster.members] == [[], [], []], again


def test_the_authority_is_rotated_under_a_writing_client(cluster):
    """Members are restarted one after another in each phase that needs it, and nothing that was acknowledged is lost."""
    cluster.begin_writing()
    for phase in ("trust", "reissue", "drop"):
        words = ["-e", "rotate=etcd", "-e", f"phase={phase}"]
        before = cluster.starts()
        result = cluster.apply("rotate-ca.yml", *words)
        after = cluster.starts()
        restarted = [name for name in cluster.members if after[name] != before[name]]
        assert restarted == ([] if phase == "reissue" else cluster.members), (phase, result)
        again = cluster.apply("rotate-ca.yml", *words)
        assert [again.changes(name) for name in cluster.members] == [[], [], []], (phase, again)
        assert cluster.starts() == after
    cluster.end_writing()
    cluster.variables["pki_issuing"] = {"etcd": "ca2"}
    # Where a member is down, nobody begins.
    check(cluster.lab.host("h3"), "systemctl stop etcd")
    before = cluster.starts()
    renewal = cluster.run("apply", "rotate-ca.yml", "-e", "rotate=etcd", "-e", "phase=trust", "-e", "rotate_from=ca2",
                          "-e", "rotate_to=ca3", "-e", "pki_health_timeout=5")  # fmt: skip
    assert renewal.status == 2, renewal
    assert cluster.starts() == before
    check(cluster.lab.host("h3"), "systemctl start etcd")


def test_only_the_member_whose_authority_is_newer_than_it_is_restarted(cluster):
    check(cluster.lab.host("h2"), "sleep 2; touch /etc/kubernetes/pki/etcd/ca.crt")
    before = cluster.starts()
    cluster.apply("etcd.yml", "-e", "etcd_snapshot_count=20000")
    after = cluster.starts()
    assert [name for name in cluster.members if after[name] != before[name]] == ["h2"]


def test_nothing_is_stopped_without_a_quorum_of_others(cluster):
    check(cluster.lab.host("h3"), "systemctl stop etcd")
    starts = cluster.starts()
    result = cluster.run("apply", "etcd.yml", "--limit", "h1,h2", "-e", "etcd_snapshot_count=30000")
    assert result.status == 2, result
    assert "quorum" in result.text
    assert cluster.starts() == starts


def test_a_member_that_is_down_is_mended_first(cluster):
    cluster.apply("etcd.yml", "-e", "etcd_snapshot_count=20000")
    assert len(cluster.listed()) == 3


def test_a_member_that_lost_its_data_is_refused_and_replaced(cluster):
    cluster.ctl("put /kept yes")
    old = {line[2]: line[0] for line in cluster.listed()}
    check(cluster.lab.host("h2"), "systemctl stop etcd; rm -rf /var/lib/etcd/member")
    result = cluster.run("apply", "etcd.yml", "-e", "etcd_snapshot_count=20000")
    assert result.status == 2, result
    assert "its data is not in /var/lib/etcd" in result.text, result
    cluster.apply("replace-etcd-member.yml", "-e", "member=h2", "-e", "etcd_snapshot_count=20000")
    new = {line[2]: line[0] for line in cluster.listed()}
    assert new["h1"] == old["h1"] and new["h2"] != old["h2"]
    own = [f"https://{cluster.lab.host('h2').address}:2379"]
    assert "yes" in cluster.ctl("get /kept", on="h2", endpoints=own)


def test_the_cluster_grows_from_three_to_five(cluster):
    starts = cluster.starts()
    cluster.members = ["h1", "h2", "h3", "h4", "h5"]
    result = cluster.apply("etcd.yml", "-e", "etcd_snapshot_count=20000")
    listed = cluster.listed()
    assert sorted(line[2] for line in listed) == cluster.members
    assert all(line[5] == "false" for line in listed), listed
    now = cluster.starts()
    assert {name: now[name] for name in starts} == starts, result
    again = cluster.apply("etcd.yml", "-e", "etcd_snapshot_count=20000")
    assert [again.changes(name) for name in cluster.members] == [[]] * 5, again


def test_backups_are_proved_by_a_drill(cluster):
    plain = cluster.run("apply", "restore-drill.yml")
    assert plain.status == 2 and "there is no snapshot in /var/backups/etcd" in plain.text
    for n in range(12):
        cluster.ctl(f"put /drill/{n} yes")
    for name in cluster.members:
        check(cluster.lab.host(name), "systemctl start etcd-backup.service")
    keys = int(re.search(r'"Count" : (\d+)', cluster.ctl("get '' --prefix --keys-only --limit=1 -w fields"))[1])
    assert keys > 10
    starts = cluster.starts()
    result = cluster.apply("restore-drill.yml", "-e", f"drill_min_keys={keys}")
    assert result.text.count(f": {keys} keys, 0 hours old") == len(cluster.members), result
    failed = cluster.run("apply", "restore-drill.yml", "-e", f"drill_min_keys={keys + 1}")
    assert failed.status == 2 and f"has {keys} keys" in failed.text
    assert cluster.starts() == starts
    for name in cluster.members:
        check(cluster.lab.host(name), "fails ls -d /var/tmp/etcd-drill.*; [ $(pgrep -xc etcd) = 1 ]")


def test_backups_are_copied_to_another_machine(cluster):
    host, other = cluster.lab.host("h1"), cluster.lab.host("h4")
    public = check(
        host,
        "mkdir -p -m 700 /root/.ssh; ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519;"
        f" ssh-keyscan {other.address} 2>/dev/null >>/root/.ssh/known_hosts; cat /root/.ssh/id_ed25519.pub",
    )
    check(other, 'mkdir -p /srv/etcd /root/.ssh; echo "$key" >>/root/.ssh/authorized_keys', key=public.strip())
    cluster.variables["etcd_backup_remote"] = f"root@{other.address}:/srv/etcd"
    result = cluster.apply("etcd.yml", "-e", "etcd_snapshot_count=20000")
    assert result.changes("h1") == ["What a backup is"], result
    check(host, "sleep 1; systemctl start etcd-backup.service")
    name = check(host, "ls /var/backups/etcd").split()[-1]
    assert check(other, "ls -A /srv/etcd").split() == [f"h1-{name}"]
    digests = [check(host, f"sha256sum </var/backups/etcd/{name}"), check(other, f"sha256sum </srv/etcd/h1-{name}")]
    assert digests[0] == digests[1]
    # A copy that was not made is a failure of the unit, for whoever watches units.
    check(other, "rm -r /srv/etcd")
    check(host, "fails systemctl start etcd-backup.service; systemctl is-failed etcd-backup.service")
    del cluster.variables["etcd_backup_remote"]
    cluster.apply("etcd.yml", "-e", "etcd_snapshot_count=20000")


def test_a_second_cluster_for_events_lives_beside_the_first(cluster):
    starts = cluster.starts()
    cluster.apply("etcd-events.yml")
    urls = [f"https://{cluster.lab.host(name).address}:2382" for name in cluster.members]
    assert len(cluster.ctl("member list", endpoints=urls).splitlines()) == len(cluster.members)
    cluster.ctl("put /of-events yes", endpoints=urls)
    assert "yes" not in cluster.ctl("get /of-events")
    check(cluster.lab.host("h1"), "systemctl is-active etcd etcd-events etcd-events-backup.timer; ls /etc/etcd-events/etcd.env")
    again = cluster.apply("etcd-events.yml")
    assert [again.changes(name) for name in cluster.members] == [[]] * len(cluster.members), again
    assert cluster.starts() == starts
    for name in cluster.members:
        check(cluster.lab.host(name), "systemctl disable --now etcd-events etcd-events-backup.timer; rm -r /var/lib/etcd-events")


def test_free_space_is_given_back_once(cluster):
    fill = "v=$(head -c 60000 /dev/zero | tr '\\0' x); n=0; while [ $n -lt 100 ]; do n=$((n + 1)); {ctl} put /fill $v >/dev/null; done"
    check(cluster.lab.host("h1"), fill.replace("{ctl}", CTL.format(endpoints=",".join(cluster.endpoints())).replace("ETCDCTL_API=3", "env ETCDCTL_API=3")))
    revision = re.search(r'"Revision" : (\d+)', cluster.ctl("get /fill -w fields"))[1]
    cluster.ctl(f"compact {revision}")
    # Pages are free from the next writes on.
    for n in range(3):
        time.sleep(1)
        cluster.ctl(f"put /after-compaction {n}")
    words = ["-e", "etcd_defragment_bytes=1000000", "-e", "etcd_defragment_percent=20"]
    plan = cluster.run("plan", "etcd-defragment.yml", *words)
    changes = [change for event in plan.events if event["event"] == "task" for change in event["changes"]]
    leader = f"https://{cluster.lab.host(cluster.leader()).address}:2379"
    assert len(changes) == len(cluster.members) and changes[-1]["subject"] == leader, plan
    starts = cluster.starts()
    cluster.apply("etcd-defragment.yml", *words)
    again = cluster.apply("etcd-defragment.yml", *words)
    assert [again.changes(name) for name in cluster.members] == [[]] * len(cluster.members), again
    assert cluster.starts() == starts


def test_a_lost_cluster_comes_back_from_a_snapshot(cluster):
    cluster.ctl("put /before-the-loss yes")
    for name in cluster.members:
        check(cluster.lab.host(name), "systemctl is-active etcd-backup.timer")
    host = cluster.lab.host("h1")
    check(host, "systemctl start etcd-backup.service")
    cluster.ctl("put /after-the-snapshot yes")
    name = check(host, "ls /var/backups/etcd").split()[-1]
    assert re.fullmatch(r"etcd-\d{8}T\d{6}Z\.db", name)
    snapshot = cluster.folder / name
    snapshot.write_bytes(
        bytes.fromhex(check(host, f"od -An -v -tx1 /var/backups/etcd/{name} | tr -d ' \\n'"))
    )
    for member in cluster.members:
        check(cluster.lab.host(member), "systemctl kill -s KILL etcd; systemctl stop etcd; rm -rf /var/lib/etcd/member")
    words = ["-e", f"snapshot={snapshot}"]
    refused = cluster.run("apply", "restore.yml", *words)
    assert refused.status == 2 and "restore_token=NAME" in refused.text
    refused = cluster.run("apply", "restore.yml", *words, "-e", "restore_token=etcd-cluster")
    assert refused.status == 2 and "is the one of before" in refused.text
    cluster.apply("restore.yml", *words, "-e", "restore_token=etcd-cluster-2")
    check(host, "grep -q etcd-cluster-2 /etc/etcd/initial.env")
    assert "yes" in cluster.ctl("get /before-the-loss")
    assert "yes" in cluster.ctl("get /kept")
    assert "yes" not in cluster.ctl("get /after-the-snapshot")
    assert len(cluster.listed()) == 5
    again = cluster.apply("etcd.yml", "-e", "etcd_snapshot_count=20000")
    assert [again.changes(name) for name in cluster.members] == [[]] * 5, again


def test_a_run_that_is_killed_anywhere_is_gone_on_with(cluster):
    """Ten times from nothing: the controller is killed at some moment, and the next run makes a whole cluster."""
    moments = random.Random(20260101)
    cluster.members = ["h1", "h2", "h3"]
    for _ in range(cluster.kills):
        for name in ("h1", "h2", "h3", "h4", "h5"):
            check(
                cluster.lab.host(name),
                "systemctl kill -s KILL etcd || true; systemctl stop etcd"
                "; rm -rf /var/lib/etcd/member /etc/etcd/initial.env",
            )
        moment = moments.uniform(0.5, 8)
        cluster.start_and_kill("etcd.yml", moment)
        cluster.apply("etcd.yml")
        listed = cluster.listed()
        assert sorted(line[2] for line in listed) == cluster.members, (moment, listed)
        assert all(line[1] == "started" and line[5] == "false" for line in listed), moment
        again = cluster.apply("etcd.yml")
        assert [again.changes(name) for name in cluster.members] == [[], [], []], (moment, again)
