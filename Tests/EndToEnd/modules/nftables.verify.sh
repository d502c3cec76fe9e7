nft list tables | grep -qx 'table ip others'
nft list tables | grep -qx 'table ip count'
fails nft list table ip later
nft list chain inet firewall input | grep -q '@ports accept'
fails sh -c 'nft list chain inet firewall input | grep "dport 23"'
[ "$(nft list chain inet firewall input | grep -c established)" = 1 ]
[ "$(stat -c %a /etc/firewall.nft)" = 600 ]
nft flush ruleset
