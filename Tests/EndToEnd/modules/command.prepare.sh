touch /srv/command-removed
