fails command -v openssl
[ "$(stat -c '%a %U:%G' /srv/pki/server.crt)" = '644 deploy:ops' ]
[ "$(stat -c '%a %U:%G' /srv/pki/server.key)" = '640 deploy:ops' ]
[ "$(stat -c '%a %U:%G' /srv/pki/client.key)" = '600 root:root' ]
[ "$(stat -c '%a %U:%G' /srv/pki/admin.conf)" = '600 root:root' ]
[ "$(stat -c '%a %U' /srv/pki/pair.pem)" = '600 deploy' ]
[ "$(stat -c %a /srv/pki/broken.key)" = 600 ]
[ "$(grep -c 'BEGIN CERTIFICATE' /srv/pki/server.crt)" = 1 ]
head -n 1 /srv/pki/server.key | grep -qx -- '-----BEGIN EC PRIVATE KEY-----'
head -n 1 /srv/pki/client.key | grep -qx -- '-----BEGIN RSA PRIVATE KEY-----'
grep -qx '    server: https://\[fd00::1\]:6443' /srv/pki/admin.conf
[ "$(find /srv/pki -name '.*' | wc -l)" = 0 ]
