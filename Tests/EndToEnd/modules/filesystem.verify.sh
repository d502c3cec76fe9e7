[ "$(blkid -o value -s TYPE "$DISK")" = xfs ]
