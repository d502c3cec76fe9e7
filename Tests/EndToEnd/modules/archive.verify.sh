[ "$(tar -xOf /srv/pki.tar.gz pki/ca.key 'pki/etcd/a b.crt')" = 'key
crt' ]
[ "$(stat -c %a /srv/pki.tar.gz)" = 600 ]
[ "$(tar -tf /srv/logs/old.tar)" = 'a.log
b.log' ]
[ "$(ls /srv/logs)" = 'now.log
old.tar' ]
[ "$(zcat /srv/one.gz)" = one ]
