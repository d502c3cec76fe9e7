fails grep -q "^$DISK" /proc/swaps
fails sh -c "grep -v ^# /etc/fstab | grep swap"
grep -qx '# a comment that stays' /etc/fstab
[ "$(systemctl is-enabled swap.target 2>&1)" = masked ]
# Nothing in the way of this host's later tests.
wipefs --quiet --all "$DISK"
