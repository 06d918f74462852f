#include "engine/node/cancellation.h"

namespace imagemill {

const Cancellation& Cancellation::endless() {
  class Endless final : public Cancellation {
   public:
    bool is_requested() const override { return false; }
  };
  static const Endless instance;
  return instance;
}

}  // namespace imagemill
