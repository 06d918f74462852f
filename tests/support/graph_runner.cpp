#include "tests/support/graph_runner.h"

#include <algorithm>
#include <stdexcept>

#include "tests/support/catch.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/photo_set.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/watchdog.h"

namespace imagemill::testing {
namespace {

class Collector final : public RunObserver {
 public:
  Collector(Outputs& to, std::size_t nodes) : to_(to), nodes_(nodes) {}

  void ignored(const std::string& key) override { to_.ignored.push_back(key); }
  void ended(const Item& item) override {
    for (const Written& written : item.outputs()) to_.digests[written.path] = written.sha256;
    if (item.outcome() == Outcome::skipped) to_.skipped.insert(item.info().key);
    for (std::size_t node = 0; node < nodes_ && item.outcome() == Outcome::ok; ++node) {
      const auto& claims = item.plan(node).claims;
      to_.claimed.insert(claims.begin(), claims.end());
    }
    std::set<std::string> errors;
    for (const Error& error : item.errors()) {
      errors.insert(error.node + ": " + std::string(error.code));
    }
    for (const std::string& error : errors) {
      std::string& all = to_.failures[item.info().key];
      all += (all.empty() ? "" : ", ") + error;
    }
  }

 private:
  Outputs& to_;
  const std::size_t nodes_;
};

constexpr std::string_view kOutput = "../out/";

RunOptions options_for(const How& how) {
  RunOptions options;
  options.environment.digests = Digests::on;
  options.workers = how.workers;
  options.memory_bytes = how.memory_bytes;
  return options;
}

Outputs run(const Graph& graph, const RunOptions& options, const How& how) {
  Outputs outputs;
  Collector collector(outputs, graph.nodes().size());
  const auto executor = how.serial ? make_serial_executor() : make_flow_executor();
  auto run = executor->run(graph, options, collector);
  if (!run) throw std::runtime_error(to_string(run.error()));
  outputs.report = std::move(run->report);
  std::sort(outputs.ignored.begin(), outputs.ignored.end());
  return outputs;
}

LoadedGraph loaded(const std::string& yaml) {
  auto graph = parse_graph(yaml, "test");
  if (graph) return std::move(*graph);
  std::string faults;
  for (const Diagnostic& fault : graph.error()) faults += to_string(fault) + "\n";
  throw std::runtime_error(faults);
}

}  // namespace

Outputs run_graph(const Graph& graph, const Files& inputs, const How& how) {
  MemoryFileSystem files;
  for (const auto& [path, bytes] : inputs) {
    files.put(path.starts_with('/') ? path : "./" + path, std::string(bytes.begin(), bytes.end()));
  }
  RunOptions options = options_for(how);
  options.environment.input = ".";        // must be a folder
  options.environment.output = "../out";  // beside it
  options.environment.files = &files;
  Outputs outputs = run(graph, options, how);
  for (const auto& [path, bytes] : files.files()) {
    if (path.starts_with(kOutput)) outputs.files[path.substr(kOutput.size())] = bytes_of(bytes);
  }
  return outputs;
}

Outputs run_graph(const std::string& yaml, const Files& inputs, const How& how) {
  return run_graph(loaded(yaml).graph, inputs, how);
}

Outputs run_on_disk(const std::string& yaml, const std::filesystem::path& input, const How& how) {
  const TemporaryFolder folder;
  RunOptions options = options_for(how);
  options.environment.input = input;
  options.environment.output = folder.path();
  Outputs outputs = run(loaded(yaml).graph, options, how);
  outputs.files = read_files(folder.path());
  return outputs;
}

Outputs run_every_way(const std::string& yaml, const Files& inputs) {
  const LoadedGraph graph = loaded(yaml);
  const Watchdog watchdog("a graph, run every way");
  Outputs serial = run_graph(graph.graph, inputs);
  for (const std::uint64_t mebibytes : {1, 1024}) {
    for (const int workers : {1, 2, 3}) {
      INFO(workers << " workers, " << mebibytes << " MiB");
      const How how{.serial = false, .workers = workers, .memory_bytes = mebibytes << 20};
      const Outputs other = run_graph(graph.graph, inputs, how);
      CHECK(other.files == serial.files);
      CHECK(other.digests == serial.digests);
      CHECK(other.failures == serial.failures);
      CHECK(other.skipped == serial.skipped);
    }
  }
  return serial;
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
