mkdir -p /srv/copy
echo same > /srv/copy/mode
chmod 600 /srv/copy/mode
echo old > /srv/copy/backup
echo old > /srv/copy/kept
