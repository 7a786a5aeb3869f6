#ifndef REGRAFT_CLINUX_H
#define REGRAFT_CLINUX_H

// What Swift's Glibc module leaves out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

// Only declared with _GNU_SOURCE, which the module is not built with.
int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
void *memmem(const void *haystack, size_t haystack_length, const void *needle, size_t needle_length);

#endif
