rm -rf /srv/script && mkdir -p /srv/script
