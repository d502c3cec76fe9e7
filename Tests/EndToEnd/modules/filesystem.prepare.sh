wipefs --quiet --all "$DISK"
