// A graph config of any bytes: it is read to its end, each of its faults is said, and what is read
// can be drawn and edited.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "graphs/config/config_edit.h"
#include "graphs/config/graph_drawing.h"

using namespace imagemill;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto loaded = parse_graph(text, "config");
  if (!loaded) {
    if (loaded.error().empty()) std::abort();
    for (const Diagnostic& fault : loaded.error()) {
      if (fault.message.empty() || fault.location.line < 0) std::abort();
    }
    return 0;
  }
  const Drawing drawing = draw(*loaded);
  if (to_dot(drawing).empty() || to_mermaid(drawing).empty()) std::abort();
  ConfigChanges changes{.concurrency = {}, .memory = ByteSize{std::uint64_t{3} << 20}};
  int count = 0;
  for (const NodeSpec& node : loaded->spec.nodes)
    changes.concurrency[node.config.name] = count++ % 4;
  // edited() may refuse; it checks the text that it returns itself.
  (void)edited(*loaded, changes, {"a comment"});
  return 0;
}
