#include "lifeline/bus/detail/bus_body.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "lifeline/bus/topic_pattern.hpp"

namespace lifeline::detail {

class bus_body::membership final : public bus_entry {
 public:
  explicit membership(std::shared_ptr<bus_body> bus) : bus_(std::move(bus)) {}
  ~membership() override { leave_bus(); }
  void leave() noexcept override { leave_bus(); }

 private:
  void leave_bus() noexcept {
    const std::lock_guard lock(bus_->mutex_);
    bus_->subscribers_.erase(this);
  }
  const std::shared_ptr<bus_body> bus_;
};

namespace {

bool can_hear(const subscription_options& options, const channel& c) {
  return options.policy != when_behind::hears_latest_of_key || c.keyed();
}

void refuse_without_keys(const subscription_options& options, const channel& c) {
  if (!can_hear(options, c))
    throw std::invalid_argument("topic '" + *c.name() +
                                "' has no keys; hears_latest_of_key needs topic_options::key_of");
}

std::uint64_t beginning_in(const channel& c, const subscription_options& options) {
  const auto after = options.after.find(*c.name());
  if (after != options.after.end()) return std::min(after->second, c.last());
  return options.from_the_oldest ? c.before_first() : c.last();
}

}  // namespace

std::vector<std::shared_ptr<subscriber>> bus_body::all_subscribers() const {
  std::vector<std::shared_ptr<subscriber>> all;
  for (const auto& [key, weak] : subscribers_)
    if (auto s = weak.lock()) all.push_back(std::move(s));
  return all;
}

/// A concurrent subscriber finds the new channel in the table and joins it itself.
std::shared_ptr<channel> bus_body::open(const std::string& name, topic_options options) {
  auto made = std::make_shared<channel>(name, std::move(options), wake_);
  std::vector<std::shared_ptr<subscriber>> there;
  {
    const std::lock_guard lock(mutex_);
    const auto [place, is_new] = channels_.try_emplace(name, made);
    if (!is_new) return place->second;
    there = all_subscribers();
  }
  for (const auto& s : there)
    if (topic_matches(s->options().topics, name) && can_hear(s->options(), *made)) s->join(made, 0);
  return made;
}

std::shared_ptr<subscriber> bus_body::subscribe(const context& ctx, subscription_options options) {
  const auto member = std::make_shared<membership>(shared_from_this());
  auto made = std::make_shared<subscriber>(std::move(options), losses_, member);
  {
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<channel>> wanted;
    for (const auto& [name, c] : channels_)
      if (topic_matches(made->options().topics, name)) wanted.push_back(c);
    for (const auto& c : wanted) refuse_without_keys(made->options(), *c);
    for (const auto& c : wanted) made->join(c, beginning_in(*c, made->options()));
    if (closed_) made->finish_when_read(errc::canceled);
    subscribers_.emplace(member.get(), made);
  }
  if (!made->watch(ctx)) made->finish(ctx.err());
  return made;
}

void bus_body::close() {
  std::vector<std::shared_ptr<subscriber>> all;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    all = all_subscribers();
  }
  for (const auto& s : all) s->finish_when_read(errc::canceled);
}

std::size_t bus_body::subscribers() const {
  const std::lock_guard lock(mutex_);
  return subscribers_.size();
}

/// A subscriber's lock comes before the bus's own, so query them without the bus's lock.
std::vector<std::shared_ptr<subscriber>> bus_body::everybody() const {
  const std::lock_guard lock(mutex_);
  return all_subscribers();
}

std::uint64_t bus_body::most_behind() const {
  std::uint64_t most = 0;
  for (const auto& s : everybody()) most = std::max(most, s->counts().pending);
  return most;
}

}  // namespace lifeline::detail
