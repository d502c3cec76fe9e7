rm -rf /srv/pki
mkdir /srv/pki
echo nonsense > /srv/pki/broken.crt
echo nonsense > /srv/pki/broken.key
chmod 666 /srv/pki/broken.key
