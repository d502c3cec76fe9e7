groupadd --gid 2699 lab-group-moved
groupadd lab-group-gone
