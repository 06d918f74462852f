#include "engine/node/cancellation.h"

namespace imagemill {

const Patience& Patience::endless() {
  class Endless final : public Patience {
   public:
    bool is_over() const override { return false; }
  };
  static const Endless instance;
  return instance;
}

}  // namespace imagemill
