[ "$(hostname)" = renamed-by-lab ]
[ "$(cat /etc/hostname)" = renamed-by-lab ]
hostnamectl set-hostname "$HOST"
