#include <functional>
#include <future>
#include <mutex>
#include <thread>

#include "api/server_fixture.hpp"
#include "api/standing_cache.hpp"
#include "lifeline/time/manual_clock.hpp"

namespace bank::api::testing {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using storage::commit_fault;
namespace ledger = lifeline::ledger;

struct own_clock {
  lifeline::manual_clock time_;
};

/// Lets a test act between the read of an account and its answer.
class gated_reads final : public storage::store_hook {
 public:
  std::optional<ledger::failure> around(const storage::store_call& call,
                                        const rest_of_call& go_on) override {
    if (call.what == storage::operation::history) pass(page_gate_);
    auto failed = go_on();
    if (call.what == storage::operation::find_account) pass(gate_);
    return failed;
  }
  /// After the next read of an account.
  void on_read(std::function<void()> gate) {
    const std::lock_guard lock(mutex_);
    gate_ = std::move(gate);
  }
  /// Before the next read of a page.
  void on_page(std::function<void()> gate) {
    const std::lock_guard lock(mutex_);
    page_gate_ = std::move(gate);
  }

 private:
  void pass(std::function<void()>& gate) {
    std::function<void()> once;
    {
      const std::lock_guard lock(mutex_);
      gate.swap(once);
    }
    if (once) once();
  }

  std::mutex mutex_;
  std::function<void()> gate_;
  std::function<void()> page_gate_;
};

/// Time moves only when a test moves it, so the numbers in the headers are known.
class cache_api : public own_clock, public server_fixture {
 protected:
  cache_api() : server_fixture(own_clock::time_) {
    how_.shards = 2;
    add_hook(gate_);
    standing_.emplace(rt_, store_, versions_, how_);
    cache_ = standing_->cache();
    a_ = open("alice");
    b_ = open("bob");
  }
  ~cache_api() override {
    client_.reset();
    server_.reset();
    books_.reset();
  }

  reply view(const std::string& token) { return get("/v1/accounts/" + a_, token); }
  reply page(const std::string& token, const std::string& query = {}) {
    return get("/v1/accounts/" + a_ + "/history" + query, token);
  }
  /// Over a new connection: a kept one may have been idle for too long.
  void pass(lifeline::duration d) {
    client_.reset();
    time_.advance(d);
  }
  static std::string how(const reply& r) {
    EXPECT_EQ(r.status, 200U) << r.body;
    const std::string text = r.field("cache-status");
    if (text.find("detail=stale") != std::string::npos) return "stale";
    if (text.find("; hit; ttl=") != std::string::npos) return "hit";
    return text.find("; fwd=miss") != std::string::npos ? "miss" : text;
  }
  /// Reads both, so that they are cached.
  void warm() {
    view(alice_);
    page(alice_);
    EXPECT_EQ(how(view(alice_)), "hit");
    EXPECT_EQ(how(page(alice_)), "hit");
  }
  /// After a write: both are read again, as without a cache.
  void expect_fresh(const char* after) {
    SCOPED_TRACE(after);
    const reply v = view(alice_);
    const reply p = page(alice_);
    EXPECT_EQ(how(v), "miss");
    EXPECT_EQ(how(p), "miss");
    const auto packed = [&](const reading_key& k) {
      return std::string(unpack(**load_reading(rt_.background(), store_, k)).body);
    };
    const auto id = *ledger::account_id::parse(a_);
    const reading_key all{id, true, 0, 50};
    EXPECT_EQ(v.body, packed({id}));
    EXPECT_EQ(p.body, packed(all));
  }
  std::int64_t seconds_left(const reply& r) {
    const std::string text = r.field("cache-status");
    return std::stoll(text.substr(text.find("ttl=") + 4));
  }

  read_cache_options how_;
  gated_reads gate_;
  std::optional<standing_cache> standing_;
  std::string a_, b_;
};

TEST_F(cache_api, reports_hits_and_misses) {
  EXPECT_EQ(view(alice_).field("cache-status"), "bank-node; fwd=miss; stored");
  const reply again = view(alice_);
  EXPECT_EQ(how(again), "hit");
  EXPECT_GE(seconds_left(again), 270) << "up to a tenth less, at random";
  EXPECT_LE(seconds_left(again), 300);
  EXPECT_EQ(how(page(alice_)), "miss");
  EXPECT_EQ(how(page(alice_)), "hit");
  EXPECT_EQ(how(page(alice_, "?limit=1")), "miss") << "another page";
}

TEST_F(cache_api, has_no_cache_status_without_a_cache) {
  cache_ = nullptr;
  client_.reset();
  server_.reset();
  EXPECT_EQ(view(alice_).field("cache-status"), "");
}

TEST_F(cache_api, shows_what_was_written_after_each_kind_of_write) {
  const auto hold = [&] {
    const reply r = post("/v1/transfers", admin_, transfer(a_, b_, 10, R"(,"pending":true)"));
    EXPECT_EQ(r.status, 201U) << r.body;
    return r.text("id");
  };
  const auto end = [&](const std::string& id, const char* what, const char* body) {
    const reply r = post("/v1/transfers/" + id + what, admin_, body);
    EXPECT_LT(r.status, 300U) << r.body;
  };
  warm();
  deposit(a_, 1'000);
  const std::string deposited = deposit(a_, 5);
  expect_fresh("a deposit");
  std::string held = hold();
  expect_fresh("a hold");
  end(held, "/post", R"({"amount":4})");
  expect_fresh("posting a part of it");
  held = hold();
  warm();
  end(held, "/void", "{}");
  expect_fresh("voiding");
  end(deposited, "/reverse", "{}");
  expect_fresh("reversing");
  EXPECT_EQ(call({"PATCH", "/v1/accounts/" + a_, admin_, R"({"state":"frozen"})"}).status, 200U);
  expect_fresh("freezing");
  EXPECT_EQ(call({"PATCH", "/v1/accounts/" + a_, admin_, R"({"state":"open"})"}).status, 200U);
  warm();
  const std::string group = R"({"atomic":true,"transfers":[)" + transfer("world", a_, 5) + "," +
                            transfer(a_, b_, 1) + "]}";
  EXPECT_EQ(post("/v1/transfers/batch", admin_, group).status, 200U);
  expect_fresh("a batch");
}

TEST_F(cache_api, caches_a_missing_account_until_it_is_opened) {
  const std::string id = "0193e0a0-0000-7000-8000-00000000000a";
  expect_problem(get("/v1/accounts/" + id, admin_), 404, "not_found");
  expect_problem(get("/v1/accounts/" + id, admin_), 404, "not_found");
  open("alice", R"(,"id":")" + id + "\"");
  EXPECT_EQ(get("/v1/accounts/" + id, alice_).status, 200U);
}

TEST_F(cache_api, respects_the_caller_s_rights) {
  warm();
  for (const reply& r : {view(bob_), page(bob_)}) {
    expect_problem(r, 404, "not_found");
    EXPECT_EQ(r.field("cache-status"), "") << "it would reveal that the account exists";
    EXPECT_EQ(r.field("etag"), "");
  }
  EXPECT_EQ(how(view(auditor_)), "hit");
  const std::string world = ledger::world_account(*ledger::currency::parse("USD")).str();
  deposit(a_, 1);
  EXPECT_EQ(get("/v1/accounts/" + world, admin_).status, 200U);
  EXPECT_EQ(get("/v1/accounts/" + world, alice_).status, 404U);
}

TEST_F(cache_api, sends_no_body_to_a_client_with_the_current_version) {
  deposit(a_, 5);
  for (const std::string& path :
       {std::string(), std::string("/history"), std::string("/balance")}) {
    SCOPED_TRACE(path);
    const std::string target = "/v1/accounts/" + a_ + path;
    const std::string tag = get(target, alice_).field("etag");
    ASSERT_GT(tag.size(), 2U);
    const ask_for again{"GET", target, alice_, {}, "If-None-Match: " + tag + "\r\n"};
    EXPECT_EQ(call(again).status, 304U);
    EXPECT_EQ(call(again).field("etag"), tag);
    deposit(a_, 1);
    const reply changed = call(again);
    EXPECT_EQ(changed.status, 200U);
    EXPECT_NE(changed.field("etag"), tag);
  }
}

TEST_F(cache_api, reads_again_after_the_ttl) {
  warm();
  pass(minutes(5));
  EXPECT_EQ(how(view(alice_)), "miss");
}

TEST_F(cache_api, refreshes_entries_in_use_before_the_ttl_ends) {
  warm();
  pass(seconds(250));
  std::promise<void> read;
  gate_.on_read([&read] { read.set_value(); });
  EXPECT_EQ(how(view(alice_)), "hit");
  read.get_future().wait();
  reply r = view(alice_);
  while (seconds_left(r) < 250) r = view(alice_);
  EXPECT_EQ(how(r), "hit");
}

TEST_F(cache_api, serves_stale_entries_while_the_store_can_not_be_read) {
  warm();
  pass(minutes(6));
  store_.fail_reads();
  for (const reply& r : {view(alice_), page(alice_)}) {
    EXPECT_EQ(how(r), "stale");
    EXPECT_LT(seconds_left(r), 0);
  }
  store_.heal();
  pass(seconds(2));
  EXPECT_EQ(how(view(alice_)), "miss");
}

TEST_F(cache_api, serves_no_stale_entry_of_a_changed_account) {
  warm();
  deposit(a_, 7);
  store_.fail_reads();
  expect_problem(view(alice_), 503, "store_unavailable");
  store_.heal();
  pass(seconds(2));
  EXPECT_EQ(view(alice_).json().at("balance").at("posted").as_int64(), 7);
}

/// The race that versions prevent: an older read arrives after the change.
TEST_F(cache_api, caches_nothing_read_before_a_change) {
  std::promise<void> read, go_on;
  gate_.on_read([&] {
    read.set_value();
    go_on.get_future().wait();
  });
  http_client slow = connect();
  slow.send(ask_for{"GET", "/v1/accounts/" + a_, alice_}.text());
  read.get_future().wait();
  deposit(a_, 7);
  EXPECT_EQ(posted(a_), 7) << "while the older read runs";
  go_on.set_value();
  EXPECT_EQ(slow.read().json().at("balance").at("posted").as_int64(), 0)
      << "it began before the deposit was answered";
  EXPECT_EQ(posted(a_), 7);
}

/// The account's version was read before the change, the page after it.
TEST_F(cache_api, keeps_no_page_under_a_version_that_it_does_not_show) {
  EXPECT_EQ(how(view(alice_)), "miss");
  std::promise<void> reading, go_on;
  gate_.on_page([&] {
    reading.set_value();
    go_on.get_future().wait();
  });
  http_client slow = connect();
  slow.send(ask_for{"GET", "/v1/accounts/" + a_ + "/history", alice_}.text());
  reading.get_future().wait();
  deposit(a_, 7);
  go_on.set_value();
  const reply newer = slow.read();
  EXPECT_EQ(newer.rows().size(), 1U);
  EXPECT_EQ(newer.field("cache-status"), "bank-node; fwd=miss");
  EXPECT_EQ(how(page(alice_)), "miss");
  EXPECT_EQ(how(page(alice_)), "hit");
}

TEST_F(cache_api, shows_the_effect_of_a_commit_with_unknown_outcome) {
  for (const auto fault : {commit_fault::unknown_but_stored, commit_fault::unknown_then_late}) {
    const std::int64_t before = posted(a_);
    std::promise<void> ended, go_on;
    store_.fail_next_commit(fault);
    store_.fail_fences();
    http_client writer = connect();
    writer.send(ask_for{"POST", "/v1/transfers", admin_, transfer("world", a_, 9)}.text());
    // While its outcome is being resolved: reads are cached, too.
    while (books_->healthy()) std::this_thread::yield();
    posted(a_);
    store_.heal();
    time_.advance(seconds(1));
    const reply r = writer.read();
    EXPECT_TRUE(r.status == 201U || r.status == 503U) << r.body;
    while (!books_->healthy()) pass(std::chrono::milliseconds(250));
    EXPECT_EQ(posted(a_), before + 9);
  }
}

}  // namespace
}  // namespace bank::api::testing
