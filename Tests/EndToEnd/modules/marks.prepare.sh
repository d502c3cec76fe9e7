chattr -i /srv/marked/fixed 2> /dev/null || true
rm -rf /srv/marked ~root/.marks ~deploy/.marks
mkdir -p /srv/marked
touch /srv/marked/image /srv/marked/fixed
setfattr -n user.old -v x /srv/marked/image
chattr +i /srv/marked/fixed
