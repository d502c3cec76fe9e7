wipefs --quiet --all "$DISK"
# Images that are larger than the file systems in them, each behind a loop device: the host has none but its disk.
[ -e /dev/loop-control ] || mknod /dev/loop-control c 10 237
for kind in xfs ext4; do
  truncate -s 400M /srv/$kind.img
  device=$(losetup -f)
  [ -e "$device" ] || mknod "$device" b 7 "${device#/dev/loop}"
  losetup "$device" /srv/$kind.img
  ln -sfT "$device" /dev/loop-$kind
done
mkfs.xfs -q -f -d size=320m /dev/loop-xfs
mkfs.ext4 -q -F /dev/loop-ext4 64M
mkdir -p "/srv/grown xfs"
mount /dev/loop-xfs "/srv/grown xfs"
