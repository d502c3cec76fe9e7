"""Who logs in, through what: accounts, sudo, talking shells, a bastion, addresses of all kinds."""

import subprocess
import threading
import pathlib

import pytest
from checks import check

PASSWORD = "ops-password"
TASKS = [
    {"name": "A file of root's", "copy": {"dest": "/etc/lab-login", "content": "{{ who }}\n", "mode": "0600"}},
    {"name": "A sysctl", "sysctl": {"name": "net.ipv4.tcp_fin_timeout", "value": 33}},
]  # fmt: skip


@pytest.fixture
def clean(lab):
    """h1 to h3 without what these tests write."""
    for name in ("h1", "h2", "h3", "hidden1"):
        check(lab.host(name), "rm -f /etc/lab-login; echo 60 > /proc/sys/net/ipv4/tcp_fin_timeout")


def converges(spile, host, *words, **options):
    """Applied twice: something changes, then nothing, in one exchange."""
    first = spile.json("apply", *words, **options)
    assert first.status == 0, first
    assert first.changes(host) == ["A file of root's", "A sysctl"]
    second = spile.json("apply", *words, **options)
    assert second.status == 0, second
    assert second.changes(host) == []
    assert second.exchanges(host) == 1
    return [first, second]


@pytest.mark.parametrize("user", ["root", "deploy", "noisy"])
def test_account(user, lab, spile, inventory, playbook, clean):
    hosts = inventory("h1", ansible_user=user, who=user)
    converges(spile, "h1", "-i", hosts, playbook(TASKS, become=user != "root"))
    check(lab.host("h1"), '[ "$(stat -c "%a %U" /etc/lab-login)" = "600 root" ]')


def test_sudo_with_a_password_from_the_inventory(lab, spile, inventory, playbook, clean):
    hosts = inventory("h1", ansible_user="ops", ansible_become_password=PASSWORD, who="ops")
    with Watch(PASSWORD) as watch:
        runs = converges(spile, "h1", "-i", hosts, playbook(TASKS, become=True))
    assert watch.seen == []
    assert all(PASSWORD not in run.text for run in runs)
    fails_to_find = f"fails grep -rqF {PASSWORD} /var/log /run /tmp /etc /root /home"
    check(lab.host("h1"), fails_to_find)
    check(lab.host("h1"), f"journalctl --no-pager | grep -vF '+ ' | fails grep -F {PASSWORD}")


def test_sudo_with_a_password_from_a_file(spile, inventory, playbook, clean, tmp_path):
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    file.chmod(0o600)
    hosts = inventory("h1", ansible_user="ops", who="ops")
    words = ["--become-password-file", file, "-i", hosts, playbook(TASKS, become=True)]
    converges(spile, "h1", *words)


def test_become_from_the_command_line(spile, inventory, playbook, clean):
    hosts = inventory("h1", ansible_user="deploy", who="deploy")
    converges(spile, "h1", "-b", "-i", hosts, playbook(TASKS))


def test_through_a_bastion(lab, spile, inventory, playbook, clean):
    config = spile.home / ".ssh/config"
    config.parent.mkdir(mode=0o700)
    config.write_text(
        f"Host 10.78.*\n  ProxyJump root@{lab.host('h1').address}\n"
        f"Host *\n  IdentityFile {lab.folder}/ssh/id_ed25519\n"
        f"  UserKnownHostsFile {lab.folder}/ssh/known_hosts\n"
    )
    hosts = inventory("hidden1", "h2", who="bastion")
    converges(spile, "hidden1", "-i", hosts, playbook(TASKS))
    check(lab.host("hidden1"), "grep -qx bastion /etc/lab-login")


def test_new_host_key_is_pinned_on_request(lab, spile, inventory, playbook, clean, tmp_path):
    known = tmp_path / "known_hosts"
    hosts = inventory("h1", ansible_ssh_common_args=f"-o UserKnownHostsFile={known}", who="new")
    unknown = spile("apply", "-i", hosts, playbook(TASKS))
    assert unknown.status == 4, unknown
    converges(spile, "h1", "--accept-new", "-i", hosts, playbook(TASKS))
    found = subprocess.run(["ssh-keygen", "-F", lab.host("h1").address, "-f", known], capture_output=True)
    assert found.returncode == 0, known.read_text()


class Watch:
    """Looks for a word in the arguments of every process of the machine, hosts included."""

    def __init__(self, word):
        self.word = word.encode()
        self.seen = []
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.look)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()

    def look(self):
        while not self.done.is_set():
            for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    words = file.read_bytes()
                except OSError:
                    continue
                if self.word in words:
                    self.seen.append(words)
