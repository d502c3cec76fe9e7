[ "$(findmnt -no FSTYPE /srv/data)" = xfs ]
findmnt -no OPTIONS /srv/data | grep -q noatime
findmnt --fstab -no OPTIONS /srv/data | grep -q noatime
findmnt -no OPTIONS /srv/scratch | grep -q noatime
findmnt -no OPTIONS /srv/scratch | grep -q nodev
[ -e /srv/scratch/still-here ]
fails findmnt /srv/old
fails grep -q /srv/old /etc/fstab
grep -q /srv/later /etc/fstab
fails findmnt /srv/later
grep -qx '# kept' /etc/fstab
umount /srv/data /srv/scratch
: > /etc/fstab
