#include "tests/support/graph_runner.h"

#include <algorithm>
#include <stdexcept>

#include "tests/support/faulty_file_system.h"

namespace imagemill::testing {
namespace {

class Collector final : public RunObserver {
 public:
  explicit Collector(Outputs& to) : to_(to) {}

  void ignored(const std::string& key) override { to_.ignored.push_back(key); }
  void ended(const Item& item) override {
    for (const Written& written : item.outputs()) to_.digests[written.path] = written.sha256;
    for (const Error& error : item.errors()) {
      to_.failures[error.item] = error.node + ": " + std::string(error.code);
    }
  }

 private:
  Outputs& to_;
};

}  // namespace

Outputs run_graph(const Graph& graph, const Files& inputs, const How& how) {
  MemoryFileSystem files;
  for (const auto& [path, bytes] : inputs) {
    files.put("./" + path, std::string(bytes.begin(), bytes.end()));
  }
  RunOptions options;
  options.environment.input = ".";  // must be a folder
  options.environment.output = "out";
  options.environment.files = &files;
  options.environment.digests = Digests::on;
  options.workers = how.workers;
  options.memory_bytes = how.memory_bytes;
  Outputs outputs;
  Collector collector(outputs);
  const auto executor = how.serial ? make_serial_executor() : make_flow_executor();
  auto run = executor->run(graph, options, collector);
  if (!run) throw std::runtime_error(to_string(run.error()));
  for (const auto& [path, bytes] : files.files()) {
    if (path.starts_with("out/")) outputs.files[path.substr(4)] = bytes_of(bytes);
  }
  outputs.report = std::move(run->report);
  std::sort(outputs.ignored.begin(), outputs.ignored.end());
  return outputs;
}

Outputs run_graph(const std::string& yaml, const Files& inputs, const How& how) {
  const auto loaded = parse_graph(yaml, "test");
  if (loaded) return run_graph(loaded->graph, inputs, how);
  std::string faults;
  for (const Diagnostic& fault : loaded.error()) faults += to_string(fault) + "\n";
  throw std::runtime_error(faults);
}

std::string chain(const std::vector<std::string>& nodes) {
  std::string yaml = "imagemill: 1\nnodes:\n  read: {type: read}\n";
  std::string last = "read";
  for (const std::string& node : nodes) {
    const std::string name = "node" + std::to_string(&node - nodes.data());
    yaml.append("  ").append(name).append(": {in: ").append(last);
    yaml.append(", ").append(node.substr(1)).append("\n");
    last = name;
  }
  return yaml + "  write: {type: write, in: " + last + "}\n";
}

Bytes convert(const Bytes& file, const std::vector<std::string>& nodes) {
  const Outputs outputs = run_graph(chain(nodes), {{"file.jpg", file}});
  if (outputs.files.size() == 1) return outputs.files.begin()->second;
  throw std::runtime_error(outputs.failures.empty() ? "nothing was written"
                                                    : outputs.failures.begin()->second);
}

}  // namespace imagemill::testing
