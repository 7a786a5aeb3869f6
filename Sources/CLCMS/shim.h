#ifndef REGRAFT_CLCMS_H
#define REGRAFT_CLCMS_H

#include <lcms2.h>

// Pixel formats of lcms2 are function-like macros, which Swift does not import: four bytes a pixel each.
static const cmsUInt32Number REGRAFT_LCMS_RGBX = TYPE_RGBA_8;
static const cmsUInt32Number REGRAFT_LCMS_CMYK = TYPE_CMYK_8;
static const cmsUInt32Number REGRAFT_LCMS_GRAYX =
    (COLORSPACE_SH(PT_GRAY) | CHANNELS_SH(1) | EXTRA_SH(3) | BYTES_SH(1));

#endif
