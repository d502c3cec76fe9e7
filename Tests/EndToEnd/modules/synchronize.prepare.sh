rm -rf /srv/sync && mkdir -p /srv/sync/old/deep /srv/sync/logs /srv/sync/css
echo x > /srv/sync/old/deep/x && echo y > /srv/sync/logs/y.log && echo 'a {}' > /srv/sync/css/site.css
