#include "lifeline/actor/shed.hpp"

struct question {
  int number = 0;
};
template <class Inspector>
auto inspect(Inspector& f, question& x) {
  return lifeline::fields(f, "question", x, x.number);
}

void refused(caf::event_based_actor* self, lifeline::loss& losses) {
  shed(self, losses, [](const question&) {});
}
