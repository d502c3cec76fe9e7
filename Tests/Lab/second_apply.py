"""Fails unless the JSON lines of an apply say: nothing changed, one exchange for every host."""

import json
import sys

with open(sys.argv[1]) as file:
    events = [json.loads(line) for line in file]
hosts = events[-1]["hosts"]

wrong = 0
for name, host in sorted(hosts.items()):
    changes = [e["task"] for e in events if e["event"] == "task" and e["host"] == name and e["status"] == "changed"]
    print(f"{name}: {len(changes)} changes, {host['exchanges']} exchange(s)")
    if changes or host["exchanges"] != 1:
        wrong += 1
        print("\n".join(f"  changed: {change}" for change in changes))
if wrong or not hosts:
    sys.exit("the second apply was not empty")
print("Nothing changed: the hosts are what the playbook says.")
