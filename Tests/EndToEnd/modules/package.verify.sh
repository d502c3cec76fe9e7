lab-extra | grep -qx 'lab-extra 1.0'
lab-tool | grep -qx 'lab-tool 2.0'
dpkg-query -W -f '${Status}' lab-extra | grep -q 'install ok installed'
fails command -v lab-removed
