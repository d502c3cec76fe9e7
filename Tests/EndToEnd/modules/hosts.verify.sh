[ "$(getent hosts api.lab.internal | cut -d' ' -f1)" = 192.0.2.10 ]
[ "$(getent hosts api | cut -d' ' -f1)" = 192.0.2.10 ]
[ "$(getent hosts registry.lab.internal | cut -d' ' -f1)" = 192.0.2.11 ]
fails getent hosts old.lab.internal
grep -qx '# kept' /etc/hosts
grep -q '127.0.0.1.*localhost' /etc/hosts
