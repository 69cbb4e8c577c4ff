#include <atomic>
#include <future>

#include "api/server_fixture.hpp"
#include "lifeline/context/watch.hpp"

namespace bank::api::testing {
namespace {

using namespace lifeline::ledger;

enum class pace : std::uint8_t { usual, slow, hangs };

/// If slow, transfer lists return only when the context has ended; if they hang, never.
class slow_lists final : public storage::store_hook {
 public:
  ~slow_lists() override { let_go(); }
  void let_go() {
    if (!std::exchange(free_, true)) gate_.set_value();
  }
  std::atomic<pace> how = pace::usual;

  std::optional<failure> around(const storage::store_call& call,
                                const rest_of_call& go_on) override {
    const pace now = how;
    if (now == pace::usual || call.what != storage::operation::list_transfers) return go_on();
    if (now == pace::hangs) {
      opened_.wait();
    } else {
      lifeline::wait(call.ctx);
    }
    return failure{lifeline::ledger::errc::deadline_exceeded, outcome::none, "too late"};
  }

 private:
  bool free_ = false;
  std::promise<void> gate_;
  std::shared_future<void> opened_ = gate_.get_future().share();
};

class search_api : public server_fixture {
 protected:
  search_api() {
    add_hook(slow_);
    a_ = open("alice", R"(,"ref":"household")");
    b_ = open("bob");
    deposit(a_, 100);
    rent_ = post("/v1/transfers", alice_, transfer(a_, b_, 5, R"(,"kind":"rent","memo":"Mai")"))
                .text("id");
  }
  ~search_api() override {
    slow_.let_go();
    client_.reset();
    server_.reset();
    books_.reset();
  }

  std::string a_, b_;
  std::string rent_;
  slow_lists slow_;
};

TEST_F(search_api, finds_accounts_transfers_and_owners) {
  const auto found = get("/v1/search?q=ALI", admin_).json();
  EXPECT_EQ(found.at("accounts").as_array().size(), 1U);
  EXPECT_EQ(found.at("transfers").as_array().size(), 0U);
  EXPECT_EQ(found.at("owners").at(0).at("owner").as_string(), "alice");
  EXPECT_EQ(found.at("owners").at(0).at("accounts").as_int64(), 1);
  EXPECT_TRUE(found.at("incomplete").as_array().empty());
  EXPECT_EQ(get("/v1/search?q=rent", auditor_).json().at("transfers").as_array().size(), 1U);
  EXPECT_EQ(get("/v1/search?q=house", auditor_).json().at("accounts").at(0).at("id").as_string(),
            a_);
  EXPECT_EQ(get("/v1/search?q=" + rent_, admin_).json().at("transfers").at(0).at("id").as_string(),
            rent_);
  EXPECT_EQ(get("/v1/search?q=" + a_.substr(0, 30), admin_)
                .json()
                .at("accounts")
                .at(0)
                .at("id")
                .as_string(),
            a_);
}

TEST_F(search_api, searches_only_the_requested_types) {
  const auto found = get("/v1/search?q=alice&types=owners", admin_).json();
  EXPECT_TRUE(found.contains("owners"));
  EXPECT_FALSE(found.contains("accounts"));
  EXPECT_FALSE(found.contains("transfers"));
  for (const std::string types : {"", "users", "owners,", "owners,owners"})
    expect_problem(get("/v1/search?q=a&types=" + types, admin_), 400, "invalid_field", "types");
  expect_problem(get("/v1/search", admin_), 400, "invalid_field", "q");
  expect_problem(get("/v1/search?q=", admin_), 400, "invalid_field", "q");
  expect_problem(get("/v1/search?q=a&limit=201", admin_), 400, "invalid_field", "limit");
}

TEST_F(search_api, shows_customers_their_own_only) {
  const auto bobs = get("/v1/search?q=ALI", bob_).json();
  for (const char* type : {"accounts", "transfers", "owners"})
    EXPECT_TRUE(bobs.at(type).as_array().empty()) << type;
  EXPECT_EQ(get("/v1/search?q=rent", bob_).json().at("transfers").as_array().size(), 1U);
  const std::string carol = add_token(storage::role::customer, "carol");
  EXPECT_EQ(get("/v1/search?q=rent", carol).json().at("transfers").as_array().size(), 0U);
  EXPECT_EQ(get("/v1/search?q=" + rent_, carol).json().at("transfers").as_array().size(), 0U);
}

TEST_F(search_api, leaves_out_and_names_a_type_that_misses_its_share) {
  for (const bool heedless : {false, true}) {
    slow_.how = heedless ? pace::hangs : pace::slow;
    const reply r =
        call({"GET", "/v1/search?q=alice", admin_, "", "X-Request-Timeout-Ms: 500\r\n"});
    ASSERT_EQ(r.status, 200U) << r.body;
    const auto found = r.json();
    EXPECT_EQ(found.at("accounts").as_array().size(), 1U);
    EXPECT_EQ(found.at("owners").as_array().size(), 1U);
    EXPECT_FALSE(found.contains("transfers"));
    ASSERT_EQ(found.at("incomplete").as_array().size(), 1U);
    EXPECT_EQ(found.at("incomplete").at(0).as_string(), "transfers");
  }
}

TEST_F(search_api, answers_503_when_nothing_can_be_read) {
  store_.fail_reads();
  expect_problem(get("/v1/search?q=a", admin_), 503, "store_unavailable");
  store_.heal();
  store_.fail_reads(1);
  const reply r = get("/v1/search?q=a", admin_);
  EXPECT_EQ(r.status, 200U);
  EXPECT_EQ(r.json().at("incomplete").as_array().size(), 1U);
}

}  // namespace
}  // namespace bank::api::testing
