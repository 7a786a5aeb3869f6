#ifndef REGRAFT_OPENVINO_H
#define REGRAFT_OPENVINO_H

#include <stddef.h>
#include <stdint.h>

// The part of OpenVINO that Regraft uses, as C. OpenVINO has a C API of its own, but it cannot do what a descriptor asks
// for: make an intermediate tensor (the bottleneck) an output, and leave out what only the other outputs need. So the
// wrapper stands on the C++ API, which also keeps OpenVINO's headers out of every Swift target.
//
// Every function that can fail writes one NUL-terminated sentence into `error`.

#ifdef __cplusplus
extern "C" {
#endif

/// A compiled network. May be shared by threads (OpenVINO documents ov::CompiledModel as thread-safe).
typedef struct regraft_ov_network_state *regraft_ov_network;
/// One inference at a time: owned by one thread.
typedef struct regraft_ov_request_state *regraft_ov_request;

typedef struct {
    /// An ONNX, TensorFlow frozen graph (.pb) or SavedModel folder, TFLite, or OpenVINO IR (.xml beside .bin) file.
    const char *path;
    /// The tensor that receives the picture.
    const char *input;
    int width, height;
    /// Whether the network wants `[1, height, width, 3]` rather than `[1, 3, height, width]`.
    int channels_last;
    /// Whether it wants blue first.
    int is_bgr;
    /// In the network's channel order: it is given `(value - mean) / std`, of values 0…255.
    float mean[3], std[3];
    const char *const *outputs;
    size_t output_count;
    /// Inferences that run side by side; 0 leaves it to OpenVINO's throughput hint.
    int streams;
} regraft_ov_options;

regraft_ov_network regraft_ov_compile(const regraft_ov_options *options, char *error, size_t error_size);
void regraft_ov_network_free(regraft_ov_network network);
/// How many requests can run at once with profit.
int regraft_ov_stream_count(regraft_ov_network network);
/// Floats in output `index`, for one picture.
size_t regraft_ov_output_size(regraft_ov_network network, size_t index);
/// Writes the lengths of output `index`, the batch first, as many as there is room for; returns how many there are.
size_t regraft_ov_output_shape(regraft_ov_network network, size_t index, size_t *lengths, size_t room);

regraft_ov_request regraft_ov_request_create(regraft_ov_network network, char *error, size_t error_size);
void regraft_ov_request_free(regraft_ov_request request);
/// Where to write the picture: `[height, width, 3]` bytes, RGB.
uint8_t *regraft_ov_request_input(regraft_ov_request request);
/// Runs the network on what is in the input and waits. 0 or -1.
int regraft_ov_request_infer(regraft_ov_request request, char *error, size_t error_size);
/// Output `index` of the last inference; valid until the next one.
const float *regraft_ov_request_output(regraft_ov_request request, size_t index);

/// OpenVINO's version and build, static.
const char *regraft_ov_version(void);

#ifdef __cplusplus
}
#endif
#endif
