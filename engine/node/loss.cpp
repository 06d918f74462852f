#include "engine/node/loss.h"

namespace imagemill {

std::string to_string(const Loss& loss, std::string_view item) {
  std::string text;
  for (const std::string_view part : {std::string_view(loss.node), item, loss.kind.code}) {
    if (!part.empty()) text.append(part).append(": ");
  }
  return text + loss.message;
}

const Losses& Losses::ignored() {
  class Ignored final : public Losses {
   public:
    void add(const LossKind& /*kind*/, std::string /*message*/) const override {}
  };
  static const Ignored instance;
  return instance;
}

}  // namespace imagemill
