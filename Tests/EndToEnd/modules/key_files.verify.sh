[ "$(stat -c '%U %a' ~lab-keyed/.ssh/authorized_keys)" = 'lab-keyed 600' ]
[ "$(stat -c '%U %a' ~lab-keyed/.ssh)" = 'lab-keyed 700' ]
[ "$(grep -c . ~lab-keyed/.ssh/authorized_keys)" = 2 ]
grep -q '^no-pty,from="10.0.0.0/8" ssh-ed25519 AAAA.*two$' ~lab-limited/.ssh/authorized_keys
ssh-keygen -F lab.example -f /etc/ssh/ssh_known_hosts
fails grep -q lab.example /etc/ssh/ssh_known_hosts
rm /etc/ssh/ssh_known_hosts
userdel -r lab-keyed 2> /dev/null && userdel -r lab-limited 2> /dev/null
