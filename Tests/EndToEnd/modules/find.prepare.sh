mkdir -p /srv/find/a/b && printf 'image: old\n' > /srv/find/a/one.yml && echo x > /srv/find/a/b/two.yml
touch -d '10 days ago' /srv/find/a/old.log && touch /srv/find/a/new.log
