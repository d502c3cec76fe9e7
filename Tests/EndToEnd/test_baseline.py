"""The main job on real hosts: plan, apply, apply again, drift, repair."""

import subprocess

import pytest
from checks import check
from conftest import InventoryWriter
from spile import REPOSITORY, Spile
from state import difference, snapshot

BASELINE = REPOSITORY / "playbooks/os-baseline.yml"
HOSTS = ["h1", "h2", "h3"]

# What a host of the lab needs said: cgroups are what the machine has, and no server answers NTP.
VARIABLES = {
    "os_cgroup2_required": False,
    "os_ntp_servers": ["10.77.0.1"],
    "os_timezone": "Asia/Shanghai",
    "os_hosts_entries": [{"ip": "192.0.2.10", "names": ["api.lab.internal", "api"]}],
    "os_data_mounts": [{"device": "{{ data_disk }}", "path": "/data", "fstype": "xfs"}],
    "os_mount_options": "noatime,nofail",
    "os_ssh_keys_only": True,
}


class Story:
    """Plan, apply and apply again, from new hosts on; every test looks at a part of it."""

    def __init__(self, lab, folder, inventory):
        spile = Spile(lab, folder / "home")
        hosts = [lab.host(name) for name in HOSTS]
        for host in hosts:
            host.reset()
        self.inventory = inventory(*HOSTS, **VARIABLES)
        before = [snapshot(host) for host in hosts]
        self.plan = spile.json("plan", "-i", self.inventory, BASELINE)
        self.written_by_plan = [difference(b, snapshot(h)) for b, h in zip(before, hosts)]
        self.apply = spile.json("apply", "-i", self.inventory, BASELINE)
        self.again = spile.json("apply", "-i", self.inventory, BASELINE)
        self.plan_again = spile.json("drift", "-i", self.inventory, BASELINE)


@pytest.fixture(scope="module")
def story(lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("baseline")
    return Story(lab, folder, InventoryWriter(lab, folder))


def test_plan_changes_nothing(story):
    assert story.plan.status == 0, story.plan
    assert story.written_by_plan == [[], [], []]


@pytest.mark.parametrize("host", HOSTS)
def test_plan_lists_exactly_what_apply_makes(story, host):
    assert story.apply.status == 0, story.apply
    assert story.plan.changes(host) == story.apply.changes(host)
    assert len(story.plan.changes(host)) > 20


@pytest.mark.parametrize("host", HOSTS)
def test_second_apply_is_empty_and_costs_one_exchange(story, host):
    assert story.again.status == 0, story.again
    assert story.again.changes(host) == []
    assert story.again.exchanges(host) == 1


def test_drift_is_silent_after_apply(story):
    assert story.plan_again.status == 0, story.plan_again


@pytest.mark.parametrize("host", HOSTS)
def test_host_is_what_the_playbook_says(story, lab, host):
    check(
        lab.host(host),
        """
        [ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ]
        [ "$(cat /proc/sys/vm/swappiness)" = 0 ]
        [ "$(cat /proc/sys/fs/file-max)" = 9223372036854775807 ]
        [ "$(cat /proc/sys/net/core/somaxconn)" = 65535 ]
        [ "$(cat /proc/sys/net/netfilter/nf_conntrack_max)" -ge 1048576 ]
        grep -q br_netfilter /etc/modules-load.d/*
        fails sh -c 'grep -v ^# /etc/fstab | grep swap'
        [ "$(systemctl is-enabled swap.target 2>&1)" = masked ]
        findmnt -no OPTIONS /data | grep -q noatime
        [ "$(findmnt -no FSTYPE /data)" = xfs ]
        [ "$(date +%Z)" = CST ]
        grep -q '^server 10.77.0.1 iburst' /etc/chrony/chrony.conf
        systemctl --quiet is-active chrony.service ssh.service
        fails systemctl --quiet is-active postfix.service
        fails systemctl --quiet is-enabled postfix.service
        [ "$(getent hosts api.lab.internal | cut -d' ' -f1)" = 192.0.2.10 ]
        sshd -T | grep -qx 'passwordauthentication no'
        systemctl show --property=DefaultLimitNOFILESoft | grep -q 65536
        grep -q 'nofile.*65536' /etc/security/limits.d/*
        fails command -v python3
        """,
    )


def test_baseline_survives_a_reboot(story, lab, spile):
    host = lab.host("h3")
    host.reboot()
    result = spile.json("drift", "-i", story.inventory, BASELINE)
    assert result.status == 0, result


# What a night shift does by hand: (the command, the task that repairs it, its proof).
DRIFTS = [
    ("echo 0 > /proc/sys/net/ipv4/ip_forward", "net.ipv4.ip_forward", "grep -qx 1 /proc/sys/net/ipv4/ip_forward"),
    ("rm /etc/security/limits.d/90-spile.conf", "Open files of login sessions", "[ -s /etc/security/limits.d/90-spile.conf ]"),
    ("systemctl stop chrony.service", "The time service runs", "systemctl -q is-active chrony.service"),
    ("mount -o remount,strictatime /data", "Data disks are mounted", "findmnt -no OPTIONS /data | grep -q noatime"),
]  # fmt: skip


def test_drift_names_exactly_what_was_moved_and_apply_repairs_only_that(story, lab, spile):
    host = lab.host("h2")
    for command, _, _ in DRIFTS:
        check(host, command)

    drift = spile.json("drift", "-i", story.inventory, BASELINE)
    assert drift.status == 16, drift
    assert_names_the_drifts(drift.changes("h2"))
    assert drift.changes("h1") == drift.changes("h3") == []

    repair = spile.json("apply", "-i", story.inventory, BASELINE)
    assert repair.status == 0, repair
    assert_names_the_drifts(repair.changes("h2"))
    assert repair.changes("h1") == repair.changes("h3") == []
    for _, _, proof in DRIFTS:
        check(host, proof)

    assert spile("drift", "-i", story.inventory, BASELINE).status == 0


def assert_names_the_drifts(changes):
    assert len(changes) == len(DRIFTS), changes
    for _, name, _ in DRIFTS:
        assert any(name in change for change in changes), (name, changes)


def test_plan_of_this_machine_changes_nothing(spile):
    before = machine_state()
    result = spile("plan", "-c", "local", "-i", "localhost,", BASELINE, local=True)
    # 2 where this machine cannot be a node as it is (no systemd, cgroup version 1): the plan says so.
    assert result.status in (0, 2), result
    assert "net.ipv4.tcp_fin_timeout" in result.text and "changes on 1 host" in result.text, result
    assert difference(before, machine_state()) == []


def machine_state():
    script = r"""
    find /etc -xdev -type f -exec sha256sum {} + | sort -k 2
    sysctl -a 2> /dev/null | grep -E '^(net.ipv4.ip_forward|net.core.somaxconn|vm.swap|kernel.panic|fs.file-max) '
    findmnt --kernel --raw --noheadings --output TARGET | grep -v -e netns -e /hosts/ -e /tmp
    """
    return subprocess.run(["sh", "-c", script], capture_output=True, text=True).stdout.splitlines()
