[ "$(cat /proc/sys/net/ipv4/tcp_fin_timeout)" = 25 ]
[ "$(cat /proc/sys/net/core/somaxconn)" = 8192 ]
[ "$(cat /proc/sys/fs/file-max)" -gt 1000000 ]
[ "$(cat /proc/sys/vm/dirty_ratio)" = 10 ]
[ "$(tr '\t' ' ' < /proc/sys/net/ipv4/ip_local_port_range)" = '20000 61000' ]
grep -qx '# kept' /etc/sysctl.d/50-lab.conf
fails grep -q tcp_syncookies /etc/sysctl.d/50-lab.conf
[ "$(grep -c tcp_fin_timeout /etc/sysctl.d/50-lab.conf)" = 1 ]
# What is on disk makes the same values again.
echo 60 > /proc/sys/net/ipv4/tcp_fin_timeout
sysctl -q -p /etc/sysctl.d/50-lab.conf
[ "$(cat /proc/sys/net/ipv4/tcp_fin_timeout)" = 25 ]
