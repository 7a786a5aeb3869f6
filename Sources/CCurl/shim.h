#ifndef REGRAFT_CCURL_H
#define REGRAFT_CCURL_H

#include <curl/curl.h>

// curl_easy_setopt and curl_easy_getinfo are variadic, which Swift cannot call: one function a type of argument.
static inline CURLcode regraft_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode regraft_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode regraft_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode regraft_curl_set_url(CURL *handle, CURLU *url) {
    return curl_easy_setopt(handle, CURLOPT_CURLU, url);
}
static inline CURLcode regraft_curl_set_fields(CURL *handle, struct curl_slist *fields) {
    return curl_easy_setopt(handle, CURLOPT_HTTPHEADER, fields);
}

// CURLOPT_PROTOCOLS_STR came with 7.85, which deprecates CURLOPT_PROTOCOLS; Ubuntu 22.04 has 7.81.
static inline CURLcode regraft_curl_allow_http_only(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075500
    return curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    return curl_easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

// CURLOPT_QUICK_EXIT came with 7.87. Without it a transfer that is cancelled while its name is being resolved ends only
// when the resolver gives up.
static inline CURLcode regraft_curl_leave_resolver_behind(CURL *handle) {
#if LIBCURL_VERSION_NUM >= 0x075700
    return curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
#else
    return CURLE_OK;
#endif
}

// Callbacks with the types that libcurl calls them by, and their common context.
typedef size_t (*regraft_curl_data_function)(char *bytes, size_t size, size_t count, void *context);
typedef int (*regraft_curl_progress_function)(void *context, curl_off_t to_receive, curl_off_t received,
                                              curl_off_t to_send, curl_off_t sent);
typedef curl_socket_t (*regraft_curl_socket_function)(void *context, curlsocktype purpose,
                                                      struct curl_sockaddr *address);

static inline CURLcode regraft_curl_set_callbacks(CURL *handle, void *context, regraft_curl_data_function header,
                                                  regraft_curl_data_function body,
                                                  regraft_curl_progress_function progress,
                                                  regraft_curl_socket_function open_socket) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, header);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_HEADERDATA, context);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, body);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, progress);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_XFERINFODATA, context);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    if (!code) code = curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, context);
    return code;
}

static inline CURLcode regraft_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode regraft_curl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode regraft_curl_get_string(CURL *handle, CURLINFO info, char **value) {
    return curl_easy_getinfo(handle, info, value);
}

// A function-like macro.
static inline CURLcode regraft_curl_start_library(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

#endif
