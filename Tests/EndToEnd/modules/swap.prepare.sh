umount /proc/swaps
mkswap -q -L lab-swap "$DISK"
swapon "$DISK"
grep -q "^$DISK" /proc/swaps
printf '%s none swap sw,nofail 0 0\n# a comment that stays\n' "$DISK" > /etc/fstab
printf '[zram0]\nzram-size = 128\n' > /etc/systemd/zram-generator.conf
