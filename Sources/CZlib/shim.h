#ifndef REGRAFT_CZLIB_H
#define REGRAFT_CZLIB_H

#include <zlib.h>

// deflateInit2 is a macro.
static inline int regraft_zlib_start_gzip(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

#endif
