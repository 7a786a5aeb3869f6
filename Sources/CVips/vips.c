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

static const char *sample_name(VipsBandFormat format) {
    switch (format) {
    case VIPS_FORMAT_UCHAR: return "8-bit";
    case VIPS_FORMAT_CHAR: return "8-bit signed integer";
    case VIPS_FORMAT_USHORT: return "16-bit";
    case VIPS_FORMAT_SHORT: return "16-bit signed integer";
    case VIPS_FORMAT_UINT: return "32-bit integer";
    case VIPS_FORMAT_INT: return "32-bit signed integer";
    case VIPS_FORMAT_FLOAT: return "32-bit float";
    case VIPS_FORMAT_DOUBLE: return "64-bit float";
    default: return "complex";
    }
}

// Colours that are coded by what the eye sees, whatever the type of their samples.
static int is_measured(VipsImage *image) {
    switch (vips_image_get_interpretation(image)) {
    case VIPS_INTERPRETATION_LAB:
    case VIPS_INTERPRETATION_LABS:
    case VIPS_INTERPRETATION_LABQ:
    case VIPS_INTERPRETATION_XYZ: return 1;
    default: return 0;
    }
}

static int is_colour(VipsImage *image) {
    const VipsBandFormat format = vips_image_get_format(image);
    const VipsInterpretation interpretation = vips_image_get_interpretation(image);
    const int bands = vips_image_get_bands(image);
    if (is_measured(image)) return 1;
    if (format == VIPS_FORMAT_FLOAT) return bands <= 2 || (bands <= 4 && interpretation == VIPS_INTERPRETATION_scRGB);
    // Five: four inks and transparency.
    return (format == VIPS_FORMAT_UCHAR || format == VIPS_FORMAT_USHORT) &&
           bands <= (interpretation == VIPS_INTERPRETATION_CMYK ? 5 : 4);
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
    header->bands = vips_image_get_bands(image);
    header->samples = sample_name(vips_image_get_format(image));
    header->is_colour = is_colour(image);
    return image;
}

// Each step below takes over the image it is given and returns the next one, or NULL on failure.

// Floats as scRGB: libvips takes grey ones for 0…255, and leaves transparency at 0…1 where it is to be 0…255 next.
static VipsImage *linear_light(VipsImage *image) {
    const int bands = vips_image_get_bands(image);
    const int colours = bands <= 2 ? 1 : 3;
    VipsImage *parts[4] = {NULL, NULL, NULL, NULL};
    VipsImage *alpha = NULL, *joined = NULL, *out = NULL;
    int failed = 0;
    for (int i = 0; i < 3 && !failed; i++) {
        failed = vips_extract_band(image, &parts[i], colours == 1 ? 0 : i, NULL);
    }
    if (!failed && bands > colours) {
        failed = vips_extract_band(image, &alpha, colours, NULL) || vips_linear1(alpha, &parts[3], 255.0, 0.0, NULL);
    }
    if (!failed && vips_bandjoin(parts, &joined, bands > colours ? 4 : 3, NULL) == 0) {
        vips_copy(joined, &out, "interpretation", VIPS_INTERPRETATION_scRGB, NULL);
    }
    VipsImage *all[] = {parts[0], parts[1], parts[2], parts[3], alpha, joined, image};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        if (all[i] != NULL) g_object_unref(all[i]);
    }
    return out;
}

static VipsImage *srgb(VipsImage *image) {
    VipsImage *out = NULL;
    const int is_float = vips_image_get_format(image) == VIPS_FORMAT_FLOAT;
    if (is_float && !is_measured(image)) image = linear_light(image);
    if (image == NULL) return NULL;
    if (!is_float && vips_image_get_typeof(image, VIPS_META_ICC_NAME) != 0) {
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
        vips_error("regraft", "its colours cannot be converted to sRGB");
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

void *regraft_vips_encode_png(const void *pixels, int width, int height, size_t *size) {
    const size_t count = (size_t)width * (size_t)height * 3;
    VipsImage *image = vips_image_new_from_memory(pixels, count, width, height, 3, VIPS_FORMAT_UCHAR);
    if (image == NULL) return NULL;
    image->Type = VIPS_INTERPRETATION_sRGB;
    void *file = NULL;
    if (vips_pngsave_buffer(image, &file, size, "compression", 3, "strip", TRUE, NULL) != 0) file = NULL;
    g_object_unref(image);
    return file;
}

void regraft_vips_free(void *memory) { g_free(memory); }

void regraft_vips_close(regraft_vips_image image) { g_object_unref(image); }

void regraft_vips_leave_thread(void) { vips_thread_shutdown(); }

void regraft_vips_clear_errors(void) { vips_error_clear(); }

void regraft_vips_take_errors(char *text, size_t size) {
    char *errors = vips_error_buffer_copy();  // copies and clears under libvips' lock
    g_strlcpy(text, errors, size);
    g_free(errors);
}
