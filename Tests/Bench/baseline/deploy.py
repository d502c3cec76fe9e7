"""The items of items.json for pyinfra."""

import json
import pathlib

from pyinfra.operations import files, server, systemd

here = pathlib.Path(__file__).resolve().parent
items = json.loads((here / "items.json").read_text())

for directory in items["directories"]:
    files.directory(path=directory["path"], mode=directory["mode"].lstrip("0"))

for sysctl in items["sysctls"]:
    server.sysctl(
        key=sysctl["key"],
        value=int(sysctl["value"]),
        persist=True,
        persist_file="/etc/sysctl.d/99-bench.conf",
    )

for config in items["configs"]:
    files.template(
        src=str(here / "templates/component.conf.j2"),
        dest=f"/etc/kubernetes/{config}.conf",
        mode="640",
        item=config,
        **{name: items[name] for name in ("cluster", "hosts_lines", "sysctls")},
    )

files.line(path="/etc/fstab", line=f"^{items['fstab_line']}$", present=False)
for line in items["hosts_lines"]:
    files.line(path="/etc/hosts", line=f"^{line}$", replace=line)

server.group(group="etcd", system=True)
server.user(user="etcd", group="etcd", system=True, shell="/usr/sbin/nologin", create_home=False)

for service in items["services_off"]:
    systemd.service(service=service, running=False, enabled=False)
systemd.service(service=items["service_on"], running=True)
systemd.service(service=items["service_enabled"], running=None, enabled=True)
