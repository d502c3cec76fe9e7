#pragma once
// What the SSH target needs of C: libssh2, and the parts of Linux's headers that the Swift overlay
// of glibc does not export (epoll, eventfd).
#include <libssh2.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
