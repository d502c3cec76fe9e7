"""What a host is like, as text: two of these differ where something on the host changed."""

# Files with their content, then the kernel's and systemd's state. Left out is what a login writes
# (logs, lastlog, /run), and what moves by itself.
SCRIPT = r"""
export LC_ALL=C
find / -xdev \( -path /proc -o -path /sys -o -path /run -o -path /dev -o -path /tmp -o -path /var/log \
  -o -path /var/tmp -o -path /var/lib/systemd -o -path /var/lib/chrony -o -path /var/lib/private \
  -o -path /var/lib/sudo -o -path /var/cache \) -prune -o -printf '%p %y %m %u:%g %s %T@ %l\n' | sort
find /etc /root /home /srv /usr/local -xdev -type f -exec sha256sum {} + | sort -k 2
find /proc/sys/net/ipv4 /proc/sys/net/core /proc/sys/net/bridge /proc/sys/vm /proc/sys/kernel/panic \
  /proc/sys/kernel/keys /proc/sys/fs/file-max /proc/sys/fs/inotify -type f ! -name '*flush*' \
  ! -name '*stat_refresh*' ! -name compact_memory ! -name drop_caches ! -name '*_nr*' -perm -u+w \
  -exec grep -sH '' {} + | sort
findmnt --kernel --raw --noheadings --output TARGET,SOURCE,FSTYPE,OPTIONS | grep -v /run/user | sort
systemctl list-units --all --plain --no-legend --no-pager --type=service,timer,swap,target \
  | grep -v -e not-found -e user@ -e user-runtime-dir@ -e session- -e systemd-tmpfiles -e systemd-hostnamed \
    -e systemd-timedated -e systemd-localed | sort
systemctl list-unit-files --no-legend --no-pager | sort
hostname
cat /proc/swaps
"""


def snapshot(host):
    return host.exec(SCRIPT).splitlines()


def difference(before, after):
    """The lines that are in one snapshot only."""
    old, new = set(before), set(after)
    return [f"- {line}" for line in sorted(old - new)] + [f"+ {line}" for line in sorted(new - old)]
