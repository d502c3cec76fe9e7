[ "$(date +%Z)" = CST ]
[ "$(readlink -f /etc/localtime)" = /usr/share/zoneinfo/Asia/Shanghai ]
timedatectl set-timezone Etc/UTC
