"""Subcommands that need no host, and runs on this machine over the local connection."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time

import pytest

from spile import BINARY, Spile

LOCAL = ["-c", "local", "-i", "localhost,"]


@pytest.fixture
def cli(tmp_path):
    """`spile` on this machine, without a lab."""
    spile = Spile(None, tmp_path / "home")
    return lambda *words, **environment: spile(*words, local=True, environment=environment)


@pytest.fixture
def write(tmp_path):
    """Writes a file and gives its path."""

    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


@pytest.fixture
def folder_playbook(write, tmp_path):
    """A playbook that makes a file in a folder, and the folder."""
    target = tmp_path / "made"
    tasks = [
        {"name": "A folder", "file": {"path": str(target), "state": "directory", "mode": "0750"}},
        {"name": "A file", "copy": {"dest": str(target / "hello"), "content": "one\n"}, "tags": "f"},
    ]
    return write("play.yml", [{"hosts": "all", "gather_facts": False, "tasks": tasks}]), target


@pytest.mark.parametrize(
    "words",
    [
        [], ["plan"], ["nonsense"], ["plan", "--nonsense", "x.yml"], ["plan", "missing.yml", *LOCAL],
        ["plan", "-f", "0", "x.yml", *LOCAL], ["module", "doc", "no-such"], ["eval", "1 +"],
    ],
)  # fmt: skip
def test_what_cannot_start_ends_with_1(cli, words):
    result = cli(*words)
    if not words:
        assert result.status == 0 and "SUBCOMMANDS" in result.stdout
        return
    assert result.status == 1, result
    assert result.stdout == "" and result.stderr != ""


@pytest.mark.parametrize("words", [["--help"], ["plan", "--help"], ["version"], ["--version"]])
def test_help_and_version_go_to_standard_output(cli, words):
    result = cli(*words)
    assert result.status == 0 and result.stdout != "" and result.stderr == "", result


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions(cli, shell):
    result = cli("--generate-completion-script", shell)
    assert result.status == 0 and "drift" in result.stdout


def test_plan_apply_drift_on_this_machine(cli, folder_playbook):
    playbook, target = folder_playbook
    plan = cli("plan", *LOCAL, playbook)
    assert plan.status == 0, plan
    assert not target.exists()
    assert "plan: 2 changes on 1 host" in plan.stdout and "+ one" in plan.stdout
    assert cli("plan", "--detailed-exitcode", *LOCAL, playbook).status == 16
    assert cli("drift", *LOCAL, playbook).status == 16
    assert cli("apply", "-C", *LOCAL, playbook).status == 0
    assert not target.exists()

    applied = cli("apply", *LOCAL, playbook)
    assert applied.status == 0, applied
    assert (target / "hello").read_text() == "one\n"
    assert "applied: 2 changes on 1 host" in applied.stdout

    again = cli("apply", "--output", "json", *LOCAL, playbook)
    assert again.status == 0 and again.changes("localhost") == [] and again.exchanges("localhost") == 1
    assert cli("drift", *LOCAL, playbook).status == 0
    (target / "hello").write_text("two\n")
    drift = cli("drift", *LOCAL, playbook)
    assert drift.status == 16 and "- two" in drift.stdout and "+ one" in drift.stdout


def test_tags_limits_and_lists(cli, folder_playbook):
    playbook, _ = folder_playbook
    hosts = ["-c", "local", "-i", "n[1:4],"]
    listed = cli("plan", "--list-hosts", "--list-tasks", "--list-tags", *hosts, "-l", "n2,n3", playbook)
    assert "hosts (2):\n      n2\n      n3\n" in listed.stdout
    assert "A folder\tTAGS: []" in listed.stdout and "TASK TAGS: [f]" in listed.stdout
    assert "A folder" not in cli("plan", *hosts, "-t", "f", "--list-tasks", playbook).stdout
    assert cli("plan", "--syntax-check", playbook).status == 0
    wrong = cli("plan", *hosts, "-l", "m2", playbook)
    assert wrong.status == 1 and "limit-matches-nothing" in wrong.stderr


def test_equal_changes_of_many_hosts_are_one(cli, folder_playbook):
    playbook, _ = folder_playbook
    plan = cli("plan", "-c", "local", "-i", "n[01:12],", playbook)
    assert plan.stdout.count("on 12 hosts: n[01:12]") == 2, plan


def test_inventory_of_the_environment(cli, folder_playbook, write):
    playbook, _ = folder_playbook
    inventory = write("hosts.yml", {"all": {"hosts": {"here": {"ansible_connection": "local"}}}})
    assert cli("plan", playbook).status == 1
    assert cli("plan", playbook, SPILE_INVENTORY=str(inventory)).status == 0


def test_localhost_needs_no_inventory(cli, write):
    playbook = write("play.yml", [{"hosts": "localhost", "tasks": [{"debug": {"msg": "hi {{ ansible_system }}"}}]}])
    result = cli("apply", playbook)
    assert result.status == 0 and "> localhost: hi Linux" in result.stdout, result


def test_all_mistakes_are_shown_with_their_places(cli, write):
    playbook = write("play.yml", "- hosts: all\n  tasks:\n    - sysctl: {name: vm.x, vaule: 1}\n    - debgu: {}\n")
    result = cli("check", "-i", "a,", playbook)
    assert result.status == 1
    first = result.stderr.index(f"{playbook}:3:28: error[unknown-parameter]")
    assert result.stderr.index(f"{playbook}:4:7: error[unknown-module]") > first
    assert "did you mean `value`?" in result.stderr
    assert "\x1b" not in result.stderr


def test_check_of_a_good_playbook(cli, folder_playbook):
    playbook, _ = folder_playbook
    assert cli("check", playbook).stdout == f"{playbook}: nothing wrong\n"


def test_a_failure_shows_what_was_said(cli, write):
    tasks = [
        {"name": "Bad", "shell": "printf 'no \\033[2J way\\n' >&2; exit 3"},
        {"name": "Later", "command": "true"},
    ]
    playbook = write("play.yml", [{"hosts": "all", "gather_facts": False, "tasks": tasks}])
    result = cli("apply", *LOCAL, playbook)
    assert result.status == 2, result
    assert "stderr: no \\x1b[2J way" in result.stdout and "(status 3)" in result.stdout
    assert f"at {playbook}:1:" in result.stdout and "\x1b" not in result.stdout


def test_secrets_stay_out(cli, write, tmp_path):
    tasks = [
        {"name": "Hidden", "copy": {"dest": str(tmp_path / "s"), "content": "hunter2"}, "no_log": True},
        {"name": "Broken", "shell": "echo hunter2; exit 1", "no_log": True},
    ]
    playbook = write("play.yml", [{"hosts": "all", "gather_facts": False, "tasks": tasks}])
    for form in ["text", "json"]:
        for command in ["plan", "apply"]:
            (tmp_path / "s").unlink(missing_ok=True)
            result = cli(command, "--output", form, *LOCAL, playbook)
            assert "hunter2" not in result.text, result


def test_run_and_facts(cli, tmp_path):
    result = cli("run", "all", "command", *LOCAL, "--", "echo", "hello", "there")
    assert result.status == 0 and result.stdout == "localhost | changed | rc=0\nhello there\n", result
    target = tmp_path / "x"
    words = ["run", "all", "copy", "content=a b", f"dest={target}", *LOCAL]
    assert "+ a b" in cli(*words, "-C").stdout and not target.exists()
    assert cli(*words).status == 0 and target.read_text() == "a b"
    assert cli("run", "all", "command", "false", *LOCAL).status == 2
    facts = json.loads(cli("facts", "all", "--output", "json", *LOCAL).stdout)
    assert facts["localhost"]["system"] == "Linux"
    assert "kernel: " in cli("facts", "all", *LOCAL).stdout


@pytest.mark.parametrize(
    ("words", "output"),
    [
        (["1 + 2"], "3\n"),
        (["x | int * 2", "-e", "x=4"], "8\n"),
        (["x.y", "-e", '{"x": {"y": [1, "no"]}}'], '- 1\n- "no"\n'),
        (["x", "-e", "x=4", "--output", "json"], '"4"\n'),
        (["{{ x }} and more", "-e", "x=4"], "4 and more\n"),
        (["groups.all | length", "-i", "a,b", "--host", "a"], "2\n"),
        (["inventory_hostname", "-i", "a,b", "-l", "b"], "b\n"),
    ],
)
def test_eval(cli, words, output):
    result = cli("eval", *words)
    assert result.status == 0 and result.stdout == output, result


def test_eval_points_at_the_mistake(cli):
    result = cli("eval", "nam | upper", "-e", "name=x")
    assert result.status == 1
    assert "<expression>:1:1: error[template-undefined]" in result.stderr
    assert "did you mean `name`?" in result.stderr


def test_render(cli, write):
    template = write("t.j2", "Hello {{ name }}\n{% for i in [1, 2] %}\n- {{ i }}\n{% endfor %}\n")
    assert cli("render", template, "-e", "name=you").stdout == "Hello you\n- 1\n- 2\n"
    wrong = cli("render", template)
    assert wrong.status == 1 and f"{template}:1:10: error" in wrong.stderr
    secret = cli("render", write("p.j2", "{{ ansible_password }}\n"), "-e", "ansible_password=hunter2")
    assert secret.status == 1 and "hunter2" not in secret.text


@pytest.fixture
def inventory_file(write):
    write("group_vars/web.yml", "port: 80\n")
    write("host_vars/w1.yml", "port: 8080\nansible_password: hunter2\n")
    return write(
        "hosts.yml", "all:\n  children:\n    web:\n      hosts: {w1: , w2: }\n      vars: {url: 'http://{{ port }}'}\n"
    )


def test_inventory_list(cli, inventory_file):
    listed = json.loads(cli("inventory", "list", "-i", inventory_file).stdout)
    assert listed["web"] == {"hosts": ["w1", "w2"]}
    assert listed["_meta"]["hostvars"]["w2"] == {"port": 80, "url": "http://{{ port }}"}
    assert "hunter2" not in json.dumps(listed)
    tree = cli("inventory", "list", "--graph", "-i", inventory_file).stdout
    assert tree.splitlines() == ["@all:", "  |--@ungrouped:", "  |--@web:", "  |  |--w1", "  |  |--w2"]


def test_inventories_of_every_kind_are_merged(cli, write):
    ini = write("hosts", "[web]\nw[1:2] port=80 # Python\n[web:vars]\nname='a'\n[site:children]\nweb\n")
    program = write("program", '#!/bin/sh\necho \'{"web": ["w3"], "_meta": {"hostvars": {"w3": {"port": 81}}}}\'\n')
    assert "chmod +x" in cli("inventory", "list", "-i", program).stderr
    program.chmod(0o755)
    write("pb/group_vars/site/x.yml", "name: b\n")
    words = ["-i", ini, "-i", program, "-i", "w4,", "--playbook-dir", write("pb/site.yml", "[]").parent]
    listed = json.loads(cli("inventory", "list", *words).stdout)
    assert listed["_meta"] == {
        "hostvars": {
            "w1": {"port": 80, "name": "b"}, "w2": {"port": 80, "name": "b"}, "w3": {"port": 81, "name": "b"},
        },
        "profile": "inventory_legacy",
    }  # fmt: skip
    del listed["_meta"]
    assert listed == {
        "all": {"children": ["ungrouped", "site"]}, "site": {"children": ["web"]},
        "ungrouped": {"hosts": ["w4"]}, "web": {"hosts": ["w1", "w2", "w3"]},
    }  # fmt: skip


def test_an_inventory_program_that_hangs_or_fails_is_named(cli, write):
    program = write("program", "#!/bin/sh\necho no token >&2\nexec sleep 60\n")
    program.chmod(0o755)
    slow = cli("inventory", "list", "-i", program, "--inventory-timeout", "1")
    assert slow.status == 1 and "has not ended after 1 s" in slow.stderr
    program.write_text("#!/bin/sh\necho no token >&2\nexit 7\n")
    failed = cli("inventory", "list", "-i", program)
    assert "ended with status 7" in failed.stderr and "it said: no token" in failed.stderr


def test_inventory_host_says_where_values_come_from(cli, inventory_file):
    shown = cli("inventory", "host", "w1", "-v", "-i", inventory_file)
    lines = shown.stdout.splitlines()
    place = lines.index("port: 8080")
    assert "host_vars" in lines[place + 1] and lines[place + 1].endswith("host_vars/w1.yml:1")
    assert "overrides 80" in lines[place + 2]
    assert "hunter2" not in shown.text
    wrong = cli("inventory", "host", "w9", "-i", inventory_file)
    assert wrong.status == 1 and "did you mean" in wrong.stderr


@pytest.fixture
def site(write):
    """A role, plays and an inventory that set `port` in many places."""
    write("roles/web/defaults/main.yml", "port: 1\n")
    write("roles/web/vars/main.yml", "secret_word: x\n")
    write("roles/web/tasks/main.yml", "- {name: In the role, debug: {msg: '{{ port }}'}, vars: {port: 5}}\n")
    write("group_vars/all.yml", "port: 2\n")
    write("hosts", "[web]\nw1 port=4 ansible_password=hunter2\n[site:children]\nweb\n[web:vars]\nport=3\n")
    tasks = [{"name": "Plain", "debug": {"msg": "{{ port }}"}, "tags": "x", "when": ["port is defined"]}]
    late = [{"name": "Late", "set_fact": {"port": 9}, "notify": "Tell"}]
    handlers = [{"name": "Tell", "debug": {"msg": "x"}}]
    plays = [
        {"name": "First", "hosts": "web", "vars": {"port": 6}, "roles": ["web"], "tasks": tasks},
        {"name": "Second", "hosts": "site", "tasks": late, "handlers": handlers},
    ]
    return write("site.yml", plays)


def test_why_a_variable_has_its_value(cli, site):
    folder = site.parent
    alone = cli("why", "var", "w1", "port", "-i", folder / "hosts").stdout.splitlines()
    assert alone == [
        "port on w1 = 4",
        f"  > host in the inventory: 4  {folder}/hosts:2",
        f"    inventory group_vars/all `all`: 2  {folder}/group_vars/all.yml:1",
        f"    group in the inventory `web`: 3  {folder}/hosts:6",
    ]
    shown = cli("why", "var", "w1", "port", "-i", folder / "hosts", site).stdout
    assert f'in the play "First" ({site}:1), task "In the role" ({folder}/roles/web/tasks/main.yml:1)' in shown
    assert (
        f"  > task vars `In the role`: 5  {folder}/roles/web/tasks/main.yml:1\n    play vars `First`: 6  {site}:1\n"
    ) in shown
    assert f'when it runs, "Late" may set it: set_fact  {site}:1' in shown
    views = json.loads(cli("why", "var", "w1", "port", "-i", folder / "hosts", site, "--output", "json").stdout)["views"]
    winners = [(view["play"], view["tasks"], view["settings"][0]["level"]) for view in views]
    assert winners[:3] == [(None, [], 8), ("First", ["In the role"], 17), ("First", ["Plain"], 12)]
    assert any(setting["title"] == "role defaults" for setting in views[1]["settings"])
    secret = cli("why", "var", "w1", "ansible_password", "-i", folder / "hosts")
    assert "[secret]" in secret.stdout and "hunter2" not in secret.text
    wrong = cli("why", "var", "w1", "prot", "-i", folder / "hosts")
    assert wrong.status == 1 and "nothing sets `prot`" in wrong.stderr and "did you mean `port`?" in wrong.stderr


def test_why_a_host_is_in_its_groups(cli, site):
    hosts = site.parent / "hosts"
    shown = cli("why", "host", "w1", "-i", hosts).stdout.splitlines()
    assert shown[:5] == [
        f"w1  {hosts}:2", "  all: depth 0",
        f"    all > site > web ({hosts}:4) > w1 ({hosts}:2)",
        "  site: depth 1", f"    site ({hosts}:3) > web ({hosts}:4) > w1 ({hosts}:2)",
    ]  # fmt: skip
    groups = json.loads(cli("why", "host", "w1", "-i", hosts, "--output", "json").stdout)["groups"]
    assert [(group["name"], group["depth"]) for group in groups] == [("all", 0), ("site", 1), ("web", 2)]
    assert "did you mean `w1`?" in cli("why", "host", "w2", "-i", hosts).stderr


def test_why_a_task_comes_where_it_comes(cli, site):
    words = ["-i", site.parent / "hosts"]
    plain = cli("why", "task", site, "Plain", *words).stdout
    assert f'"Plain" ({site}:1) in the play "First" ({site}:1)' in plain
    role = site.parent / "roles/web/tasks/main.yml"
    assert f'  waits for\n    "In the role" ({role}:1): the order of the play\n' in plain
    assert f"  guards\n    when: port is defined ({site}:1)\n    tags: x\n" in plain
    late = json.loads(cli("why", "task", site, "Late", *words, "--output", "json").stdout)[0]
    assert [notice["task"] for notice in late["notifies"]] == ["Tell"]
    assert {wait["name"] for wait in late["waits_for"]} == {"First"}
    tell = cli("why", "task", site, "Tell", *words).stdout
    assert "a handler" in tell and f'  notified by\n    "Late" ({site}:1)' in tell
    wrong = cli("why", "task", site, "Plan", *words)
    assert wrong.status == 1 and "did you mean `Plain`?" in wrong.stderr
    assert cli("why", "task", site, "Plain", *words, "--host", "w9").status == 1


def test_hosts_that_are_not_done_are_limited_to(cli, write, tmp_path):
    flag = tmp_path / "flag"
    tasks = [{"command": f"test '{{{{ inventory_hostname }}}}' != n2 -o -e {flag}", "changed_when": False}]
    playbook = write("play.yml", [{"hosts": "all", "gather_facts": False, "tasks": tasks}])
    retry = tmp_path / "play.retry"
    words = ["apply", "-c", "local", "-i", "n[1:3],", playbook, "--retry-file", retry]
    assert cli(*words).status == 2 and retry.read_text() == "n2\n"
    flag.touch()
    again = cli(*words, "--limit", f"@{retry}", "--output", "json")
    assert again.status == 0 and list(again.record["hosts"]) == ["n2"] and retry.read_text() == ""
    nothing = cli(*words, "--limit", f"@{retry}")
    assert nothing.status == 1 and "`--limit` names no host" in nothing.stderr
    wrong = cli(*words[:-1], tmp_path / "no/such")
    assert wrong.status == 1 and "retry-file" in wrong.stderr


def test_check_names_variables_without_effect(cli, write, folder_playbook):
    playbook, _ = folder_playbook
    hosts = write("hosts", "a ansible_pipelining=True\n")
    assert "ansible_pipelining" not in cli("check", "-i", hosts, playbook).text
    shown = cli("check", "-v", "-i", hosts, playbook)
    assert shown.status == 0 and f"{hosts}:1:22: note[no-effect]: `ansible_pipelining` has no effect" in shown.stderr
    hosts.write_text("a ansible_ssh_common_args='-o ProxyCommand=\"nc %h %p\"'\n")
    wrong = cli("check", "-i", hosts, playbook)
    assert wrong.status == 1 and f"{hosts}:1:27: error[ssh-arguments]" in wrong.stderr


def test_graph(cli, write):
    plays = [
        {"hosts": "all", "id": "one", "gather_facts": False, "tasks": [{"name": "A", "debug": {"msg": "x"}}]},
        {"hosts": "n1", "needs": [{"one": "all"}], "gather_facts": False,
         "tasks": [{"name": "B", "debug": {"msg": "x"}}]},
    ]  # fmt: skip
    playbook = write("play.yml", plays)
    words = ["graph", "-i", "n[1:3],", playbook]
    text = cli(*words).stdout
    assert "A (3 hosts)" in text and "  needs" in text and "B (1 host)" in text
    assert cli(*words, "--format", "dot").stdout.startswith("digraph ")
    mermaid = cli(*words, "--format", "mermaid").stdout
    assert mermaid.startswith("flowchart LR") and "-->" in mermaid


def test_modules(cli):
    names = [line.split()[0] for line in cli("module", "list").stdout.splitlines()]
    assert names == sorted(names) and {"copy", "sysctl", "meta"} <= set(names)
    assert "## Parameters" in cli("module", "doc", "ansible.posix.sysctl").stdout
    assert "did you mean `copy`?" in cli("module", "doc", "coppy").stderr
    assert cli("module", "doc", "--all").stdout.count("## Parameters") > 20


def test_password_files_and_terminals(cli, folder_playbook, tmp_path):
    playbook, _ = folder_playbook
    missing = cli("plan", "--become-password-file", tmp_path / "none", *LOCAL, playbook)
    assert missing.status == 1 and "password-file" in missing.stderr


def on_terminal(words, rows=24, columns=60, interrupt_after=None, answers=()):
    """Runs on a terminal of its own; gives the status and all that was written to it.

    Whenever something with "password" is shown, the next answer is typed.
    """
    answers = list(answers)
    process, terminal = pty.fork()
    if process == 0:
        os.environ.pop("NO_COLOR", None)
        os.environ["TERM"] = "xterm"
        os.execv(BINARY, [str(word) for word in [BINARY, *words]])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    written, start = b"", time.monotonic()
    while True:
        ready, _, _ = select.select([terminal], [], [], 0.1)
        if interrupt_after and time.monotonic() - start > interrupt_after:
            os.kill(process, signal.SIGINT)
            interrupt_after = None
        if ready:
            try:
                piece = os.read(terminal, 65536)
            except OSError:
                break
            written += piece
            if b"password" in piece and answers:
                os.write(terminal, answers.pop(0).encode() + b"\n")
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), written.decode()


def test_passwords_are_asked_for_and_not_shown(folder_playbook):
    playbook, _ = folder_playbook
    status, written = on_terminal(["plan", "-k", "-K", *LOCAL, playbook], answers=["hunter2", "hunter3"])
    assert status == 0
    assert "SSH password" in written and "BECOME password" in written
    assert "hunter" not in written and "2 changes on 1 host" in written


@pytest.fixture
def slow_playbook(write):
    return write("slow.yml", [{"hosts": "all", "gather_facts": False, "tasks": [{"command": "sleep 3"}]}])


def test_terminal_shows_what_runs_and_is_left_in_order(slow_playbook):
    status, written = on_terminal(["apply", "-c", "local", "-i", "n[1:3],", slow_playbook])
    assert status == 0
    assert "[" in written and "n3" in written and "\x1b[?25l" in written
    assert written.rfind("\x1b[?25h") > written.rfind("\x1b[?25l")


def test_interrupt_on_a_terminal(slow_playbook):
    status, written = on_terminal(["apply", "-c", "local", "-i", "n[1:3],", slow_playbook], interrupt_after=1)
    assert status == 130
    assert "interrupted" in written and written.rfind("\x1b[?25h") > written.rfind("\x1b[?25l")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupts_without_a_terminal(slow_playbook, number, status):
    words = [str(word) for word in [BINARY, "apply", *LOCAL, slow_playbook]]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    time.sleep(1)
    process.send_signal(number)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == status
    assert "interrupted" in output


def test_a_reader_that_goes_away_does_no_harm(folder_playbook):
    playbook, _ = folder_playbook
    process = subprocess.Popen(
        [str(word) for word in [BINARY, "apply", "--output", "json", *LOCAL, playbook]], stdout=subprocess.PIPE
    )
    process.stdout.close()
    assert process.wait(timeout=30) == 0
