rm -rf /srv/unarchive && mkdir -p /srv/unarchive/app/css /srv/unarchive/twice /srv/unarchive/pack/a
echo drifted > /srv/unarchive/app/index.html && echo kept > /srv/unarchive/app/own
echo packed > /srv/unarchive/pack/a/b && tar -C /srv/unarchive/pack -czf /srv/unarchive/pack.tgz a
