rm -rf /srv/pki* /srv/logs /srv/one*
mkdir -p /srv/pki/etcd /srv/logs
echo key > /srv/pki/ca.key
echo crt > "/srv/pki/etcd/a b.crt"
ln -s ca.key /srv/pki/link
for name in a b now; do echo "$name" > "/srv/logs/$name.log"; done
echo one > /srv/one
