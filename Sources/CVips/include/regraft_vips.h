#ifndef REGRAFT_VIPS_H
#define REGRAFT_VIPS_H

#include <stddef.h>

// The part of libvips that Regraft uses. Its operations take their options as a NULL-terminated argument list, which
// Swift cannot call, and its headers bring all of GLib along: so each call that is needed stands here with the options
// it is made with. Any thread may call any of these; an image is used by one thread at a time.

typedef struct _VipsImage *regraft_vips_image;

typedef enum {
    REGRAFT_VIPS_PNG,
    REGRAFT_VIPS_WEBP,
    REGRAFT_VIPS_GIF,
    REGRAFT_VIPS_TIFF,
    REGRAFT_VIPS_HEIF,
} regraft_vips_format;

typedef struct {
    int width, height, frames;
    /// EXIF's Orientation, 1 where the file has none.
    int orientation;
    int bands;
    /// "16-bit signed integer" and so on.
    const char *samples;
    /// Whether there is an agreed way from these samples to 8-bit sRGB: not for signed integers and for those of 32
    /// bits, which hold measurements whose white the file does not say, and not for double precision.
    int is_colour;
} regraft_vips_header;

/// Starts libvips with every loader blocked but the five above, and without threads or caches of its own: the caller
/// already decodes on as many threads as there are cores. Call once, first. 0 or -1.
int regraft_vips_start(void);

/// Reads the header; pixels are decoded only when they are asked for. The bytes must outlive the image.
/// NULL where there is no readable header.
regraft_vips_image regraft_vips_open(regraft_vips_format format, const void *bytes, size_t count,
                                     regraft_vips_header *header);

/// Decodes the first frame into `width * height * 4` bytes: 8-bit sRGB (by the embedded ICC profile where there is one
/// that fits, else by the colour space the file names), transparent pixels over white, the fourth byte unused. Floats
/// are linear light of 0…1 (scRGB, IEC 61966-2-2) and are clipped to that, grey ones too. 0 or -1.
int regraft_vips_decode(regraft_vips_image image, void *pixels);

/// Encodes `width * height * 3` bytes of 8-bit sRGB as a PNG file of `size` bytes, to be freed by `regraft_vips_free`. NULL
/// where memory runs out.
void *regraft_vips_encode_png(const void *pixels, int width, int height, size_t *size);

void regraft_vips_free(void *memory);

void regraft_vips_close(regraft_vips_image image);

/// Frees what libvips keeps for the calling thread.
void regraft_vips_leave_thread(void);

/// Moves libvips' error log, which all threads share, into `text`, cut to `size` bytes with its final NUL.
void regraft_vips_take_errors(char *text, size_t size);

/// Empties the log of warnings that a decoded picture has left.
void regraft_vips_clear_errors(void);

#endif
