printf 'top\n# BEGIN lab\nnew\n# END lab\nbottom\n# BEGIN ANSIBLE MANAGED BLOCK\none\ntwo\n# END ANSIBLE MANAGED BLOCK\n' | cmp - /srv/block
