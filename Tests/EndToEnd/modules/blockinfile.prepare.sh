printf 'top\n# BEGIN lab\nold\n# END lab\n# BEGIN old\nx\n# END old\nbottom\n' > /srv/block
