lab-tool | grep -qx 'lab-tool 1.0'
