#include <future>

#include "api/server_fixture.hpp"
#include "forwarding_store.hpp"
#include "lifeline/context/watch.hpp"

namespace bank::api::testing {
namespace {

using namespace lifeline::ledger;

/// A store whose transfer lists return only when the context has ended, or never.
class slow_store final : public bank::tests::forwarding_store {
 public:
  using forwarding_store::forwarding_store;
  ~slow_store() override { let_go(); }
  void let_go() {
    if (!std::exchange(free_, true)) gate_.set_value();
  }
  bool heedless = false;

  result<page<transfer_record>> list_transfers(const context& c, const transfer_filter&) override {
    if (heedless) {
      opened_.wait();
    } else {
      lifeline::wait(c);
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
    deposit(a_, 100);
    rent_ = post("/v1/transfers", alice_, transfer(a_, b_, 5, R"(,"kind":"rent","memo":"Mai")"))
                .text("id");
  }
  ~search_api() override {
    slow_.let_go();
    client_.reset();
    server_.reset();
  }
  void start_slow(bool heedless) {
    slow_.heedless = heedless;
    server_ = std::make_unique<server>(services{rt_, *books_, slow_, tokens_, {}}, options_);
    server_->start();
    client_.reset();
  }

  const std::string a_ = open("alice", R"(,"ref":"household")");
  const std::string b_ = open("bob");
  std::string rent_;
  slow_store slow_{store_};
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
    start_slow(heedless);
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
