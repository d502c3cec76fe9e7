! grep -q "^$DISK" /proc/swaps
! grep -v '^#' /etc/fstab | grep -q swap
grep -qx '# a comment that stays' /etc/fstab
[ "$(systemctl is-enabled swap.target 2>&1)" = masked ]
# Nothing in the way of this host's later tests.
wipefs --quiet --all "$DISK"
