"""What goes wrong, host by host: a clear error names the host, and the others finish."""

import contextlib

import pytest
from checks import check

TASK = [{"name": "A file", "copy": {"dest": "/etc/lab-failure", "content": "x\n"}}]
GOOD = ["h1", "h3"]
BAD = "h2"


@pytest.fixture(autouse=True)
def clean(lab):
    for name in ("h1", "h2", "h3"):
        check(lab.host(name), "rm -f /etc/lab-failure")


def expect(result, status, *words):
    """The run ended with a status, and said all these words about the bad host."""
    assert result.status == status, result
    about = [line for line in result.text.splitlines() if line.strip()]
    assert any(BAD in line for line in about), result
    for word in words:
        assert word.lower() in result.text.lower(), (word, result)


def others_finished(lab):
    for name in GOOD:
        check(lab.host(name), "[ -e /etc/lab-failure ]")


def test_wrong_host_key(lab, spile, inventory, playbook, tmp_path):
    known = (lab.folder / "ssh/known_hosts").read_text().splitlines()
    other = {line.split()[1]: line.split()[2] for line in known if line.startswith(f"{lab.host('h3').address} ")}
    swapped = [
        f"{address} {kind} {other[kind] if address == lab.host(BAD).address else key}"
        for address, kind, key in (line.split() for line in known)
    ]
    file = tmp_path / "known_hosts"
    file.write_text("\n".join(swapped) + "\n")
    hosts = inventory(*GOOD, BAD, ansible_ssh_common_args=f"-o UserKnownHostsFile={file}")
    expect(spile("apply", "-i", hosts, playbook(TASK)), 4, "host key", str(file))
    others_finished(lab)


def test_refused_key(lab, spile, inventory, playbook):
    stranger = {"ansible_ssh_private_key_file": f"{lab.folder}/ssh/stranger"}
    hosts = inventory(*GOOD, BAD, per_host={BAD: stranger})
    expect(spile("apply", "-i", hosts, playbook(TASK)), 4, "publickey", "stranger")
    others_finished(lab)


def test_no_such_address(lab, spile, inventory, playbook):
    hosts = inventory(*GOOD, BAD, per_host={BAD: {"ansible_host": "10.77.99.99"}})
    expect(spile("apply", "-i", hosts, playbook(TASK)), 4, "10.77.99.99")
    others_finished(lab)


def test_nothing_listens(lab, spile, inventory, playbook):
    hosts = inventory(*GOOD, BAD, per_host={BAD: {"ansible_port": 2222}})
    expect(spile("apply", "-i", hosts, playbook(TASK)), 4, "refused")
    others_finished(lab)


def test_server_that_does_not_answer(lab, spile, inventory, playbook):
    hosts = inventory(*GOOD, BAD)
    with stopped(lab.host(BAD), "pgrep -o -x sshd"):
        result = spile("apply", "-T", "5", "-i", hosts, playbook(TASK))
    expect(result, 4)
    others_finished(lab)


def test_probe_that_hangs(lab, spile, inventory, playbook):
    """One command that never returns: its facts time out, and the run says which."""
    host = lab.host(BAD)
    check(host, "mv /usr/bin/stat /usr/bin/stat.real; printf '#!/bin/sh\\nexec sleep 1000\\n' > /usr/bin/stat; chmod 755 /usr/bin/stat")
    try:
        result = spile("apply", "--probe-timeout", "4", "-i", inventory(*GOOD, BAD), playbook(TASK))
    finally:
        check(host, "mv /usr/bin/stat.real /usr/bin/stat")
    expect(result, 2, "no answer within the deadline")
    others_finished(lab)
    check(host, "fails pgrep -f 'sleep 100[0]'")


def test_link_that_freezes_in_the_middle(lab, spile, inventory, playbook):
    """The session's sshd stops between two tasks: no answer, and no reset either."""
    freeze = "for p in $(pgrep -f 'sshd: root@nott[y]'); do kill -STOP $p; done"
    tasks = [
        {"name": "Freeze", "command": f"sh -c \"{freeze}\"", "when": f"inventory_hostname == '{BAD}'"},
        *TASK,
    ]  # fmt: skip
    patience = "-o ServerAliveInterval=2 -o ServerAliveCountMax=2"
    known = f"-o UserKnownHostsFile={lab.folder}/ssh/known_hosts"
    hosts = inventory(*GOOD, BAD, ansible_ssh_common_args=f"{known} {patience}")
    try:
        result = spile("apply", "-T", "5", "-i", hosts, playbook(tasks))
    finally:
        check(lab.host(BAD), "pkill -KILL -f 'sshd: root@nott[y]' || true")
    expect(result, 4, "ServerAliveInterval")
    others_finished(lab)


def test_full_disk(lab, spile, inventory, playbook):
    host = lab.host(BAD)
    for name in (*GOOD, BAD):
        check(lab.host(name), "mkdir -p /srv/full")
    check(host, "mount -t tmpfs -o size=64k tmpfs /srv/full; echo before > /srv/full/file")
    tasks = [
        *TASK,
        {"name": "Too much", "copy": {"dest": "/srv/full/file", "content": "{{ 'x' * 200000 }}"}},
    ]
    result = spile("apply", "-i", inventory(*GOOD, BAD), playbook(tasks))
    try:
        expect(result, 2, "no space left", "/srv/full")
        check(host, '[ "$(cat /srv/full/file)" = before ]; [ "$(ls -A /srv/full)" = file ]')
    finally:
        check(host, "umount /srv/full")
    others_finished(lab)


def test_account_that_may_not_use_sudo(lab, spile, inventory, playbook):
    hosts = inventory(*GOOD, BAD, ansible_user="deploy", per_host={BAD: {"ansible_user": "nosudo"}})
    result = spile("apply", "-i", hosts, playbook(TASK, become=True))
    assert result.status in (2, 4), result
    expect(result, result.status, "sudo")
    others_finished(lab)


def test_sudo_wants_a_password_and_none_is_given(lab, spile, inventory, playbook):
    hosts = inventory(*GOOD, BAD, ansible_user="deploy", per_host={BAD: {"ansible_user": "ops"}})
    result = spile("apply", "-i", hosts, playbook(TASK, become=True))
    assert result.status in (2, 4), result
    expect(result, result.status, "sudo", "password")
    others_finished(lab)


def test_wrong_sudo_password(lab, spile, inventory, playbook):
    wrong = {"ansible_user": "ops", "ansible_become_password": "not-this-one"}
    hosts = inventory(*GOOD, BAD, ansible_user="deploy", per_host={BAD: wrong})
    result = spile("apply", "-i", hosts, playbook(TASK, become=True))
    assert result.status in (2, 4), result
    expect(result, result.status, "sudo", "password")
    assert "not-this-one" not in result.text
    others_finished(lab)


def test_sudo_is_not_installed(lab, spile, inventory, playbook):
    host = lab.host(BAD)
    check(host, "mv /usr/bin/sudo /usr/bin/sudo.away")
    try:
        hosts = inventory(*GOOD, BAD, ansible_user="deploy")
        result = spile("apply", "-i", hosts, playbook(TASK, become=True))
    finally:
        check(host, "mv /usr/bin/sudo.away /usr/bin/sudo")
    assert result.status in (2, 4), result
    expect(result, result.status, "sudo")
    others_finished(lab)


def test_plan_of_a_host_that_is_down_is_not_fine(lab, spile, inventory, playbook):
    hosts = inventory(*GOOD, BAD, per_host={BAD: {"ansible_port": 2222}})
    expect(spile("drift", "-i", hosts, playbook(TASK)), 4, "refused")


def test_wrong_playbook_reaches_no_host(lab, spile, inventory, playbook):
    tasks = [{"name": "Wrong", "copy": {"dest": "/etc/lab-failure", "contents": "x"}}]
    result = spile("apply", "-i", inventory(*GOOD, BAD), playbook(tasks))
    assert result.status == 1, result
    assert "contents" in result.text and "content" in result.text, result
    for name in (*GOOD, BAD):
        check(lab.host(name), "[ ! -e /etc/lab-failure ]")


@contextlib.contextmanager
def stopped(host, finds):
    """A process of a host, stopped for a while; `finds` prints its id there."""
    inner = host.exec(finds).split()[0]
    host.exec(f"kill -STOP {inner}")
    try:
        yield
    finally:
        host.exec(f"kill -CONT {inner}")
