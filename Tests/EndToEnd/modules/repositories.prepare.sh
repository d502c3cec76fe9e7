rm -rf /etc/yum.repos.d /etc/apt/sources.list.d/lab-*
mkdir -p /etc/yum.repos.d /etc/apt/keyrings
printf '[old]\nname = Old\nbaseurl = http://old.example/\n\n[gone]\nname=Gone\n' > /etc/yum.repos.d/site.repo
printf '# of the site\ndeb [trusted=yes]   http://127.0.0.1:9/a  stable  main # here\ndeb http://127.0.0.1:9/b stable main\n' > /etc/apt/sources.list.d/lab-lines.list
printf -- '-----BEGIN PGP PUBLIC KEY BLOCK-----\nComment: not a real one\n\naGVsbG8K\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n' > /root/lab-key.asc
