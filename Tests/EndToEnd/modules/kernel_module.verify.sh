grep -rqx br_netfilter /etc/modules-load.d /etc/modules 2>/dev/null
grep -rqx nf_conntrack /etc/modules-load.d /etc/modules 2>/dev/null
[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]
