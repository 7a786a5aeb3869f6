#include "regraft_openvino.h"

#include <openvino/frontend/manager.hpp>
#include <openvino/openvino.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

struct regraft_ov_network_state {
    ov::CompiledModel compiled;
    std::vector<size_t> output_sizes;
    int streams = 1;
};

struct regraft_ov_request_state {
    ov::InferRequest request;
    uint8_t *input;
    std::vector<const float *> outputs;
};

namespace {

void report(const std::string &message, char *error, size_t error_size) {
    if (error_size == 0) return;
    const size_t length = std::min(message.size(), error_size - 1);
    std::memcpy(error, message.data(), length);
    error[length] = '\0';
}

// Never destroyed: OpenVINO's plugins have threads that may outlive static destructors.
ov::Core &core() {
    static ov::Core *shared = new ov::Core();
    return *shared;
}

// At exit OpenVINO destroys what its networks stand on, while another thread may be letting go of the last one. From
// then on nothing is freed any more; what is being freed at that moment is waited for.
std::mutex &freeing() {
    static std::mutex *shared = new std::mutex();
    return *shared;
}
bool is_exiting = false;

template <typename Object> void free_unless_exiting(Object *object) {
    const std::lock_guard<std::mutex> lock(freeing());
    if (!is_exiting) delete object;
}

void stop_freeing_at_exit() {
    static const bool registered = std::atexit([] {
        const std::lock_guard<std::mutex> lock(freeing());
        is_exiting = true;
    }) == 0;
    (void)registered;
}

bool has_name(const ov::Output<ov::Node> &port, const std::string &name) {
    const auto &names = port.get_names();
    return names.count(name) != 0 || names.count(name + ":0") != 0 || port.get_node()->get_friendly_name() == name;
}

bool has_input(ov::Model &model, const std::string &name) {
    const auto inputs = model.inputs();
    return std::any_of(inputs.begin(), inputs.end(), [&](const auto &port) { return has_name(port, name); });
}

ov::frontend::Place::Ptr find_place(const ov::frontend::InputModel::Ptr &graph, const std::string &name) {
    auto place = graph->get_place_by_tensor_name(name);
    if (!place) place = graph->get_place_by_tensor_name(name + ":0");
    if (!place) throw std::runtime_error("there is no tensor named '" + name + "'");
    return place;
}

// TensorFlow graphs are cut before they are converted: old ones begin with decoding a JPEG file, which is not the
// engine's business (and not something it can do), and once converted a graph has forgotten its inner tensors' names.
std::shared_ptr<ov::Model> read_graph_def(const regraft_ov_options &options, const ov::PartialShape &shape) {
    ov::frontend::FrontEndManager manager;
    const std::string path = options.path;
    auto frontend = manager.load_by_model(path);
    if (!frontend) throw std::runtime_error("this is no TensorFlow graph");
    auto graph = frontend->load(path);
    const auto input = find_place(graph, options.input);
    std::vector<ov::frontend::Place::Ptr> outputs;
    for (size_t i = 0; i < options.output_count; i++) outputs.push_back(find_place(graph, options.outputs[i]));
    graph->extract_subgraph({input}, outputs);
    graph->set_partial_shape(input, shape);
    graph->set_element_type(input, ov::element::f32);
    return frontend->convert(graph);
}

ov::Output<ov::Node> find_output(const std::shared_ptr<ov::Model> &model, const std::string &name) {
    for (const auto &node : model->get_ordered_ops()) {
        for (size_t i = 0; i < node->get_output_size(); i++) {
            const auto &names = node->output(i).get_names();
            if (names.count(name) != 0 || names.count(name + ":0") != 0) {
                // A Result carries the names of what it returns; the value itself is one step up.
                return ov::is_type<ov::op::v0::Result>(node) ? node->input_value(0) : node->output(i);
            }
        }
    }
    for (const auto &node : model->get_ordered_ops()) {
        if (node->get_friendly_name() == name && node->get_output_size() > 0) {
            return ov::is_type<ov::op::v0::Result>(node) ? node->input_value(0) : node->output(0);
        }
    }
    throw std::runtime_error("there is no tensor named '" + name + "'");
}

std::shared_ptr<ov::Model> read(const regraft_ov_options &options) {
    const ov::PartialShape shape = options.channels_last ? ov::PartialShape{1, options.height, options.width, 3}
                                                         : ov::PartialShape{1, 3, options.height, options.width};
    const std::string path = options.path;
    const bool is_graph_def = path.size() > 3 && path.compare(path.size() - 3, 3, ".pb") == 0;
    const auto whole = is_graph_def ? read_graph_def(options, shape) : core().read_model(path);
    if (!is_graph_def && !has_input(*whole, options.input)) {
        throw std::runtime_error("there is no input named '" + std::string(options.input) + "'");
    }
    if (whole->inputs().size() == 1) {
        whole->reshape(shape);
    } else {
        whole->reshape({{options.input, shape}});
    }
    // A model of its own, so that nothing is computed that only the other outputs need.
    ov::ResultVector results;
    for (size_t i = 0; i < options.output_count; i++) {
        results.push_back(std::make_shared<ov::op::v0::Result>(find_output(whole, options.outputs[i])));
    }
    ov::ParameterVector parameters;
    for (const auto &parameter : whole->get_parameters()) {
        if (has_name(parameter->output(0), options.input) || whole->get_parameters().size() == 1) {
            parameters.push_back(parameter);
        }
    }
    return std::make_shared<ov::Model>(results, parameters, "backbone");
}

std::shared_ptr<ov::Model> with_preprocessing(std::shared_ptr<ov::Model> model, const regraft_ov_options &options) {
    ov::preprocess::PrePostProcessor steps(model);
    auto &input = steps.input();
    input.tensor().set_element_type(ov::element::u8).set_layout("NHWC");
    input.model().set_layout(options.channels_last ? "NHWC" : "NCHW");
    if (options.is_bgr) input.preprocess().reverse_channels();
    input.preprocess()
        .convert_element_type(ov::element::f32)
        .mean(std::vector<float>(options.mean, options.mean + 3))
        .scale(std::vector<float>(options.std, options.std + 3));
    for (size_t i = 0; i < options.output_count; i++) steps.output(i).tensor().set_element_type(ov::element::f32);
    return steps.build();
}

}  // namespace

regraft_ov_network regraft_ov_compile(const regraft_ov_options *options, char *error, size_t error_size) {
    try {
        const auto model = with_preprocessing(read(*options), *options);
        ov::AnyMap settings{
            ov::hint::performance_mode(ov::hint::PerformanceMode::THROUGHPUT),
            // Some processors would otherwise compute in bfloat16, and the same photo would have other bottlenecks there.
            ov::hint::inference_precision(ov::element::f32),
            // Streams pinned to cores would wait for a decoding worker that the scheduler put on theirs, another core idle.
            ov::hint::enable_cpu_pinning(false),
        };
        if (options->streams > 0) settings.insert(ov::num_streams(ov::streams::Num(options->streams)));
        auto network = std::make_unique<regraft_ov_network_state>();
        network->compiled = core().compile_model(model, "CPU", settings);
        stop_freeing_at_exit();  // after OpenVINO's own exit handlers are registered, so before they run
        for (const auto &output : network->compiled.outputs()) {
            network->output_sizes.push_back(ov::shape_size(output.get_shape()));
        }
        network->streams = static_cast<int>(network->compiled.get_property(ov::optimal_number_of_infer_requests));
        return network.release();
    } catch (const std::exception &exception) {
        report(exception.what(), error, error_size);
    } catch (...) {
        report("OpenVINO failed without saying why", error, error_size);
    }
    return nullptr;
}

size_t regraft_ov_output_shape(regraft_ov_network network, size_t index, size_t *lengths, size_t room) {
    if (index >= network->output_sizes.size()) return 0;
    const ov::Shape shape = network->compiled.output(index).get_shape();
    std::copy_n(shape.begin(), std::min(room, shape.size()), lengths);
    return shape.size();
}

void regraft_ov_network_free(regraft_ov_network network) { free_unless_exiting(network); }

int regraft_ov_stream_count(regraft_ov_network network) { return network->streams; }

size_t regraft_ov_output_size(regraft_ov_network network, size_t index) {
    return index < network->output_sizes.size() ? network->output_sizes[index] : 0;
}

regraft_ov_request regraft_ov_request_create(regraft_ov_network network, char *error, size_t error_size) {
    try {
        auto request = std::make_unique<regraft_ov_request_state>();
        request->request = network->compiled.create_infer_request();
        request->input = request->request.get_input_tensor().data<uint8_t>();
        for (size_t i = 0; i < network->output_sizes.size(); i++) {
            request->outputs.push_back(request->request.get_output_tensor(i).data<float>());
        }
        return request.release();
    } catch (const std::exception &exception) {
        report(exception.what(), error, error_size);
    } catch (...) {
        report("OpenVINO failed without saying why", error, error_size);
    }
    return nullptr;
}

void regraft_ov_request_free(regraft_ov_request request) { free_unless_exiting(request); }

uint8_t *regraft_ov_request_input(regraft_ov_request request) { return request->input; }

int regraft_ov_request_infer(regraft_ov_request request, char *error, size_t error_size) {
    try {
        request->request.infer();
        for (size_t i = 0; i < request->outputs.size(); i++) {
            request->outputs[i] = request->request.get_output_tensor(i).data<float>();
        }
        return 0;
    } catch (const std::exception &exception) {
        report(exception.what(), error, error_size);
    } catch (...) {
        report("OpenVINO failed without saying why", error, error_size);
    }
    return -1;
}

const float *regraft_ov_request_output(regraft_ov_request request, size_t index) {
    return index < request->outputs.size() ? request->outputs[index] : nullptr;
}

const char *regraft_ov_version(void) { return ov::get_openvino_version().buildNumber; }
