nft flush ruleset
# A table that nobody asked about, and one that somebody has edited by hand.
nft add table ip others
nft -f - << 'END'
table inet firewall {
  chain input { type filter hook input priority filter; policy accept; tcp dport 23 accept; }
}
END
rm -f /etc/firewall.nft /etc/count.nft /etc/later.nft
