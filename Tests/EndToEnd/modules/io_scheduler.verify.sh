grep -q '\[mq-deadline\]' "/sys/block/${DISK#/dev/}/queue/scheduler"
grep -rq mq-deadline /etc/udev/rules.d
echo none > "/sys/block/${DISK#/dev/}/queue/scheduler"
udevadm control --reload
udevadm trigger --action=change --settle "$DISK"
grep -q '\[mq-deadline\]' "/sys/block/${DISK#/dev/}/queue/scheduler"
