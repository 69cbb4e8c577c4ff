#include "lifeline/bus/subscription.hpp"

#include "lifeline/bus/detail/subscriber.hpp"

namespace lifeline {

subscription& subscription::operator=(subscription&& other) noexcept {
  if (this != &other) {
    end();
    body_ = std::move(other.body_);
  }
  return *this;
}

subscription::~subscription() { end(); }

std::vector<bus_item> subscription::read(std::size_t most) {
  return body_ ? body_->read(most) : std::vector<bus_item>();
}

bool subscription::when_ready(std::function<void()> f) {
  return body_ && body_->when_ready(std::move(f));
}

std::vector<bus_item> subscription::wait_and_read(const context& ctx, std::size_t most) {
  return body_ ? body_->wait_and_read(ctx, most) : std::vector<bus_item>();
}

std::optional<errc> subscription::over() const { return body_ ? body_->over() : errc::unreachable; }

void subscription::end() {
  if (body_) body_->leave();
}

subscription_counts subscription::counts() const {
  return body_ ? body_->counts() : subscription_counts{};
}

}  // namespace lifeline
