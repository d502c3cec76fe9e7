cd /etc/apt/sources.list.d
grep -c . lab-lines.list | grep -qx 2
fails grep -q /b lab-lines.list
[ "$(stat -c %a lab-c.list)" = 600 ]
grep -qx 'deb \[trusted=yes\] http://127.0.0.1:9/c stable main' lab-c.list
[ "$(cat /etc/apt/keyrings/lab.gpg)" = hello ]
grep -qx 'Suites: stable stable-updates' lab-mirror.sources
grep -qx 'Enabled: no' lab-mirror.sources
[ "$(stat -c %a /etc/yum.repos.d/site.repo)" = 640 ]
[ "$(grep '^\[' /etc/yum.repos.d/site.repo | tr -d '\n')" = '[old][site]' ]
grep -qx "$(printf '\thttp://b.example/')" /etc/yum.repos.d/site.repo
rm -r /etc/yum.repos.d lab-c.list lab-lines.list lab-mirror.sources /etc/apt/keyrings/lab.gpg
