#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "bank/api/server/connection.hpp"
#include "bank/api/server/io_worker.hpp"

// What one client may take: turns, memory, and its place among the connections.

namespace bank::api {

namespace asio = boost::asio;

namespace {

/// Requests of one connection served before other connections get their turn.
constexpr std::size_t longest_stretch = 8;
/// A client that has done nothing for so long within a request may lose its place to another.
constexpr std::chrono::seconds patience{1};

}  // namespace

/// Without a token that is known to be valid, so that only the address can be held to account.
bool connection::is_anonymous() {
  if (!request_.authorization) return true;
  authenticator& auth = worker_.server().auth;
  if (memo_.header == *request_.authorization && auth.is_good(memo_.known)) return false;
  const auto secret = bearer_secret(*request_.authorization);
  return !secret || !auth.recall(*secret);
}

/// An anonymous request waits until its address has a turn. Meanwhile the node answers nothing on
/// this connection, and soon reads nothing more.
asio::awaitable<bool> connection::await_turn() {
  anonymous_ = is_anonymous();
  if (!anonymous_) co_return true;
  if (!worker_.anonymous().has_turn(address_)) {
    enter(phase::turn, worker_.server().options.header_timeout);
    while (!worker_.anonymous().has_turn(address_)) {
      if (ended_ || broken_) co_return false;
      if (too_late_)
        co_return refuse({code::rate_limited,
                          "too many requests without a valid token from your address; retry in 1 s",
                          {},
                          lifeline::ledger::outcome::none,
                          {}});
      if (!std::exchange(in_line_, true)) worker_.wait_for_turn(weak_from_this());
      co_await resumed();
    }
  }
  worker_.anonymous().charge(address_, 1);
  co_return true;
}

/// After several requests without a pause the other connections get their turn.
asio::awaitable<void> connection::give_way() {
  if (unparsed().empty()) {
    at_a_stretch_ = 0;
  } else if (++at_a_stretch_ >= longest_stretch) {
    at_a_stretch_ = 0;
    co_await asio::post(worker_.io(), asio::use_awaitable);
  }
}

/// Whether the buffers of requests may grow to this size.
bool connection::may_receive(std::size_t bytes) {
  return bytes <= std::max(free_memory, received_.bytes()) || received_.resize(bytes);
}

void connection::forget_received() {
  if (received_.bytes() > 0 && unparsed_.size() <= free_memory) (void)received_.resize(0);
}

/// Whether so many bytes may wait for the client.
bool connection::may_send(std::size_t bytes) {
  if (bytes <= std::max(free_memory, unsent_.bytes())) return true;
  if (unsent_.bytes() == 0)
    unsent_ = worker_.server().buffers.of(caller_.empty() ? address_ : caller_);
  return unsent_.resize(bytes);
}

/// A connection counts for the caller of its last valid token.
void connection::count_caller(const request_context& x) {
  if (!x.caller) return;
  std::string name = "caller " + x.caller->name;
  if (name == caller_) return;
  server_state& server = worker_.server();
  if (!caller_.empty()) server.clients.end(caller_);
  caller_ = std::move(name);
  const std::size_t open = server.clients.begin(caller_);
  too_many_of_caller_ = open > server.options.max_connections_per_client;
}

std::optional<lifeline::time_point> connection::quiet_since(
    lifeline::time_point now) const noexcept {
  if (moved_ == lifeline::time_point::max()) return std::nullopt;
  if (phase_ == phase::idle) return moved_;
  const bool is_clients_turn =
      phase_ == phase::head || phase_ == phase::body || phase_ == phase::writing;
  return is_clients_turn && now - moved_ >= patience ? std::optional(moved_) : std::nullopt;
}

void connection::take_turn() noexcept {
  in_line_ = false;
  resume();
}

}  // namespace bank::api
