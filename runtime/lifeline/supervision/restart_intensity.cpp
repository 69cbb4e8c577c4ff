#include "lifeline/supervision/restart_intensity.hpp"

namespace lifeline {

bool restart_intensity::allows(time_point now) {
  while (!recent_.empty() && now - recent_.front() > limit_.period) recent_.pop_front();
  if (recent_.size() >= limit_.restarts) return false;
  recent_.push_back(now);
  return true;
}

}  // namespace lifeline
