#include "engine/node/parallel.h"

namespace imagemill {
namespace {

class OneByOne final : public Parallel {
 public:
  void run(int count, const std::function<void(int)>& piece) const override {
    for (int i = 0; i < count; ++i) piece(i);
  }
};

}  // namespace

const Parallel& Parallel::none() {
  static const OneByOne instance;
  return instance;
}

}  // namespace imagemill
