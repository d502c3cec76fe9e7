mkdir -p /srv/file/old/deep /srv/file/tree/x/y
touch /srv/file/old/deep/one "/srv/file/tree/x/y/a file with spaces"
echo text > /srv/file/there
chmod 666 /srv/file/there
ln -s /nowhere /srv/file/moved
