#pragma once

#include "ledger/books_fixture.hpp"

namespace lifeline::ledger::testing {

/// A ledger in which alice has 100 and bob nothing, with short functions to hold and resolve.
class holds_fixture : public books_fixture {
 protected:
  explicit holds_fixture(ledger_options options = small()) : books_fixture(options) {
    open_with("alice", 100);
    open_with("bob", 0);
  }

  static transfer_record hold(const std::string& name, std::int64_t minor,
                              std::optional<std::chrono::seconds> expires_in = {}) {
    transfer_record t = transfer_of(name, account("alice"), account("bob"), minor);
    t.two_phase = true;
    t.expires_in = expires_in;
    return t;
  }
  transfer_record schedule(const std::string& name, std::int64_t minor, std::chrono::seconds in) {
    transfer_record t = transfer_of(name, account("alice"), account("bob"), minor);
    t.execute_at = clock_.wall_now() + in;
    return t;
  }

  template <class Message>
  std::future<transfer_answer> send_later(const std::string& name, Message m) {
    return ask_later<transfer_answer>(books_->processor_of(transfer(name)), rt_.background(),
                                      std::move(m));
  }
  std::future<transfer_answer> post_later(const std::string& name,
                                          std::optional<std::int64_t> minor = {},
                                          std::optional<idempotency_key> key = {}) {
    return send_later(name, post_transfer{transfer(name), minor, std::move(key), {}});
  }
  transfer_answer post(const std::string& name, std::optional<std::int64_t> minor = {},
                       std::optional<idempotency_key> key = {}) {
    return post_later(name, minor, std::move(key)).get();
  }
  std::future<transfer_answer> void_later(const std::string& name,
                                          std::optional<idempotency_key> key = {}) {
    return send_later(name, void_transfer{transfer(name), std::move(key), {}});
  }
  transfer_answer make_void(const std::string& name, std::optional<idempotency_key> key = {}) {
    return void_later(name, std::move(key)).get();
  }
  /// Executes all transfers the store lists as due; returns the answers.
  std::vector<transfer_answer> execute_all_due() {
    std::vector<transfer_answer> answers;
    const auto due = store_.due(rt_.background(), clock_.wall_now(), {}, 1'000).value();
    for (const transfer_record& t : due.transfers)
      answers.push_back(
          ask_later<transfer_answer>(books_->processor_of(t.id), rt_.background(), execute_due{t})
              .get());
    return answers;
  }

  transfer_record found(const std::string& name) {
    return store_.find_transfer(rt_.background(), transfer(name))->value_or(transfer_record{});
  }
  /// The accounts' actors and the store must agree: each account can spend exactly its available
  /// funds.
  void expect_free(const std::string& name, std::int64_t free) {
    const auto a = store_.find_account(rt_.background(), account(name))->value();
    EXPECT_EQ(a.posted - a.pending_out, free);
    const auto to = account(name == "alice" ? "bob" : "alice");
    EXPECT_EQ(code(submit(transfer_of("too much " + std::to_string(++probes_), account(name), to,
                                      free + 1))
                       .refused),
              errc::insufficient_funds);
    if (free == 0) return;
    const auto there = transfer_of("probe " + std::to_string(++probes_), account(name), to, free);
    EXPECT_FALSE(submit(there).refused);
    EXPECT_FALSE(submit(*reversal_of(found_of(there.id))).refused);
  }

 private:
  transfer_record found_of(transfer_id id) {
    return store_.find_transfer(rt_.background(), id)->value();
  }
  int probes_ = 0;
};

}  // namespace lifeline::ledger::testing
