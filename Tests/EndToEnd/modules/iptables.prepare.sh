iptables -F && ip6tables -F && iptables -t nat -F
iptables -P FORWARD ACCEPT
iptables -X PODS 2> /dev/null || true
iptables -N OLD 2> /dev/null || true
iptables -A OLD -j ACCEPT
iptables -A INPUT -p udp --dport 69 -j ACCEPT
