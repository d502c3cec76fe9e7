"""Levels of variables, each pair of them, in a run: the later one wins, as ansible-core 2.19 does for the same files."""

import json
import subprocess

from spile import BINARY

# As "Understanding variable precedence" numbers them; 11 (facts) and 13 (prompts) cannot be set at will.
LEVELS = [level for level in range(2, 23) if level not in (11, 13)]


def pairs(level):
    return {f"p_{min(level, other)}_{max(level, other)}": f"L{level}" for other in LEVELS if other != level}


def lay_out(folder, out):
    """Files that set every name at its two levels, and a task that writes all of them."""
    names = sorted({name for level in LEVELS for name in pairs(level)})
    content = "{{ {" + ", ".join(f"'{name}': {name}" for name in names) + "} | to_json }}"
    task = {"copy": {"dest": str(out), "content": content}, "vars": pairs(17)}
    role = folder / "pb/roles/r"
    play = {
        "hosts": "all", "gather_facts": False, "vars": pairs(12), "vars_files": ["files.yml"],
        "pre_tasks": [{"include_vars": "include.yml"}, {"set_fact": pairs(19)}],
        "roles": [{"role": "r", **pairs(20)}],
    }  # fmt: skip
    variables = " ".join(f"{name}={value}" for name, value in pairs(8).items())
    group = "\n".join(f"{name}={value}" for name, value in pairs(3).items())
    files = {
        "inv/hosts": f"[g]\nh ansible_connection=local {variables}\n[g:vars]\n{group}\n",
        "inv/group_vars/all.yml": pairs(4), "pb/group_vars/all.yml": pairs(5),
        "inv/group_vars/g.yml": pairs(6), "pb/group_vars/g.yml": pairs(7),
        "inv/host_vars/h.yml": pairs(9), "pb/host_vars/h.yml": pairs(10),
        "pb/files.yml": pairs(14), "pb/include.yml": pairs(18), "pb/extra.yml": pairs(22),
        role / "defaults/main.yml": pairs(2), role / "vars/main.yml": pairs(15),
        role / "tasks/main.yml": [{"include_tasks": "inner.yml", "vars": pairs(21)}],
        role / "tasks/inner.yml": [{"block": [task], "vars": pairs(16)}],
        "pb/site.yml": [play],
    }  # fmt: skip
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text if isinstance(text, str) else json.dumps(text))


def test_of_each_pair_of_levels_the_later_one_wins(tmp_path):
    out = tmp_path / "out.json"
    lay_out(tmp_path, out)
    words = ["apply", "-i", tmp_path / "inv", "-e", f"@{tmp_path}/pb/extra.yml", tmp_path / "pb/site.yml"]
    done = subprocess.run([str(word) for word in [BINARY, *words]], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(out.read_text())
    assert len(found) == len(LEVELS) * (len(LEVELS) - 1) // 2
    assert {name: value for name, value in found.items() if value != "L" + name.split("_")[2]} == {}
