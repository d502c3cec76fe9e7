printf 'old1 old22\nx\n<begin>\nx\n<end>\nx\n' > /srv/replace
