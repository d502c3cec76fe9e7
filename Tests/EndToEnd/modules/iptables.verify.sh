iptables -S INPUT | sed -n 2p | grep -q -- '-i lo -j ACCEPT'
iptables -C INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
iptables -S INPUT | grep -q 'the cluster'
fails iptables -C INPUT -p udp --dport 69 -j ACCEPT
iptables -S PODS
[ "$(iptables -S OLD | wc -l)" = 1 ]
iptables -S FORWARD | grep -qx -- '-P FORWARD DROP'
iptables -t nat -C POSTROUTING -o eth9 -j MASQUERADE
ip6tables -C INPUT -p tcp --dport 22 -j ACCEPT
iptables -P FORWARD ACCEPT
iptables -F
ip6tables -F
iptables -t nat -F
iptables -X
