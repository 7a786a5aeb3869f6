#include "regraft_vips.h"

#include <vips/vips.h>

// Warnings about damaged pictures would otherwise go to standard error, without the picture's name. What matters comes
// back as an error.
static void ignore_message(const char *domain, GLogLevelFlags level, const char *message, void *data) {
    (void)domain;
    (void)level;
    (void)message;
    (void)data;
}

int regraft_vips_start(void) {
    if (vips_init("regraft") != 0) return -1;
    g_log_set_handler("VIPS", G_LOG_LEVEL_WARNING | G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG, ignore_message, NULL);
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    vips_block_untrusted_set(TRUE);
    vips_operation_block_set("VipsForeignLoad", TRUE);
    vips_operation_block_set("VipsForeignLoadPng", FALSE);
    vips_operation_block_set("VipsForeignLoadWebp", FALSE);
    vips_operation_block_set("VipsForeignLoadNsgif", FALSE);
    vips_operation_block_set("VipsForeignLoadTiff", FALSE);
    vips_operation_block_set("VipsForeignLoadHeif", FALSE);
    return 0;
}

regraft_vips_image regraft_vips_open(regraft_vips_format format, const void *bytes, size_t count,
                                     regraft_vips_header *header) {
    VipsImage *image = NULL;
    void *data = (void *)bytes;
    const VipsAccess access = VIPS_ACCESS_SEQUENTIAL;
    const VipsFailOn fail = VIPS_FAIL_ON_TRUNCATED;
    switch (format) {
    case REGRAFT_VIPS_PNG: vips_pngload_buffer(data, count, &image, "access", access, "fail_on", fail, NULL); break;
    case REGRAFT_VIPS_WEBP: vips_webpload_buffer(data, count, &image, "access", access, "fail_on", fail, NULL); break;
    case REGRAFT_VIPS_GIF: vips_gifload_buffer(data, count, &image, "access", access, "fail_on", fail, NULL); break;
    case REGRAFT_VIPS_TIFF: vips_tiffload_buffer(data, count, &image, "access", access, "fail_on", fail, NULL); break;
    case REGRAFT_VIPS_HEIF: vips_heifload_buffer(data, count, &image, "access", access, "fail_on", fail, NULL); break;
    }
    if (image == NULL) return NULL;
    header->width = vips_image_get_width(image);
    header->height = vips_image_get_height(image);
    header->frames = vips_image_get_n_pages(image);
    header->orientation = vips_image_get_orientation(image);
    return image;
}

// Each step below takes over the image it is given and returns the next one, or NULL on failure.

static VipsImage *srgb(VipsImage *image) {
    VipsImage *out = NULL;
    if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0) {
        if (vips_icc_transform(image, &out, "srgb", "embedded", TRUE, "depth", 8, "intent", VIPS_INTENT_RELATIVE,
                               NULL) == 0) {
            g_object_unref(image);
            return out;
        }
        vips_error_clear();  // a broken profile, or one for other bands: go by the colour space
        out = NULL;
    }
    vips_colourspace(image, &out, VIPS_INTERPRETATION_sRGB, NULL);
    g_object_unref(image);
    return out;
}

static VipsImage *over_white(VipsImage *image) {
    if (image == NULL || !vips_image_hasalpha(image)) return image;
    VipsImage *out = NULL;
    VipsArrayDouble *white = vips_array_double_newv(1, 255.0);
    vips_flatten(image, &out, "background", white, NULL);
    vips_area_unref(VIPS_AREA(white));
    g_object_unref(image);
    return out;
}

static VipsImage *four_bands(VipsImage *image) {
    if (image == NULL) return NULL;
    VipsImage *out = NULL;
    vips_bandjoin_const1(image, &out, 255.0, NULL);
    g_object_unref(image);
    return out;
}

int regraft_vips_decode(regraft_vips_image image, void *pixels) {
    const int width = vips_image_get_width(image);
    const int height = vips_image_get_height(image);
    g_object_ref(image);
    VipsImage *rgbx = four_bands(over_white(srgb(image)));
    if (rgbx == NULL) return -1;
    int result = -1;
    if (vips_image_get_bands(rgbx) != 4 || vips_image_get_format(rgbx) != VIPS_FORMAT_UCHAR) {
        vips_error("regraft", "%d bands are no colour picture", vips_image_get_bands(rgbx) - 1);
    } else {
        // Written straight into the caller's memory: libvips' own buffer would be a second copy of a large picture.
        VipsImage *target = vips_image_new_from_memory(pixels, (size_t)width * (size_t)height * 4, width, height, 4,
                                                       VIPS_FORMAT_UCHAR);
        if (target != NULL) {
            if (vips_image_inplace(target) == 0) result = vips_image_write(rgbx, target);
            g_object_unref(target);
        }
    }
    g_object_unref(rgbx);
    return result;
}

void regraft_vips_close(regraft_vips_image image) { g_object_unref(image); }

void regraft_vips_leave_thread(void) { vips_thread_shutdown(); }

void regraft_vips_take_errors(char *text, size_t size) {
    char *errors = vips_error_buffer_copy();  // copies and clears under libvips' lock
    g_strlcpy(text, errors, size);
    g_free(errors);
}
