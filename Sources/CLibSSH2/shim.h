#pragma once
// What the SSH target needs of C: libssh2, and the parts of Linux's headers that the Swift overlay
// of glibc does not export (epoll, eventfd, TCP options).
#include <libssh2.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

typedef ssize_t (*spile_ssh_send)(libssh2_socket_t, const void *, size_t, int, void **);
typedef ssize_t (*spile_ssh_receive)(libssh2_socket_t, void *, size_t, int, void **);
typedef void (*spile_ssh_disconnected)(
    LIBSSH2_SESSION *, int, const char *, int, const char *, int, void **);

// Function pointers reach libssh2 as `void *` before 1.11 and as a function type since.
static inline void spile_ssh_set_callbacks(LIBSSH2_SESSION *session, spile_ssh_send send,
                                           spile_ssh_receive receive,
                                           spile_ssh_disconnected disconnected) {
#if LIBSSH2_VERSION_NUM >= 0x010b00
  libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_SEND, (libssh2_cb_generic *)send);
  libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_RECV, (libssh2_cb_generic *)receive);
  libssh2_session_callback_set2(session, LIBSSH2_CALLBACK_DISCONNECT,
                                (libssh2_cb_generic *)disconnected);
#else
  libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, (void *)send);
  libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, (void *)receive);
  libssh2_session_callback_set(session, LIBSSH2_CALLBACK_DISCONNECT, (void *)disconnected);
#endif
}

// The text a server sends before authentication; NULL where the library cannot tell (before 1.11).
static inline const char *spile_ssh_banner(LIBSSH2_SESSION *session) {
#if LIBSSH2_VERSION_NUM >= 0x010b00
  char *banner = 0;
  if (libssh2_userauth_banner(session, &banner) != 0) return 0;
  return banner;
#else
  (void)session;
  return 0;
#endif
}
