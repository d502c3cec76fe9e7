printf '# kept\nnet.ipv4.tcp_syncookies = 1\nnet.ipv4.tcp_fin_timeout=40\n' > /etc/sysctl.d/50-lab.conf
echo 20 > /proc/sys/vm/dirty_ratio
