printf 'new1 new22\nx\n<begin>\ny\n<end>\nx\n' | cmp - /srv/replace
