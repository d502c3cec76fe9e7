printf '# h%s\ngreeting = hello\nlisten 80\nlisten 443\na=1\nb=two\n' "${HOST#h}" | cmp - /etc/lab-template.conf
cmp /etc/lab-template.conf /etc/lab-template-2.conf
[ "$(stat -c '%a %U' /etc/lab-template-2.conf)" = '600 deploy' ]
