[ "$(blkid -o value -s TYPE "$DISK")" = xfs ]
xfs_growfs -n "/srv/grown xfs" | grep -q 'data .*blocks=102400,'
dumpe2fs -h /dev/loop-ext4 2>/dev/null | grep -Eq '^Block count: +(102400|409600)$'
umount "/srv/grown xfs"
losetup -d "$(readlink -f /dev/loop-xfs)" "$(readlink -f /dev/loop-ext4)"
rm -f /dev/loop-xfs /dev/loop-ext4 /srv/xfs.img /srv/ext4.img
