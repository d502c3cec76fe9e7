"""Fails unless the JSON record of an apply says: nothing changed, one exchange for every host."""

import json
import sys

with open(sys.argv[1]) as file:
    hosts = json.load(file)["hosts"]

wrong = 0
for name, host in sorted(hosts.items()):
    changes = [task["name"] for task in host["tasks"] if task["status"] == "change"]
    print(f"{name}: {len(changes)} changes, {host['exchanges']} exchange(s)")
    if changes or host["exchanges"] != 1:
        wrong += 1
        print("\n".join(f"  changed: {change}" for change in changes))
if wrong or not hosts:
    sys.exit("the second apply was not empty")
print("Nothing changed: the hosts are what the playbook says.")
