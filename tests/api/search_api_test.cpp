#include <future>

#include "api/server_fixture.hpp"
#include "lifeline/context/watch.hpp"

namespace bank::api::testing {
namespace {

using namespace lifeline::ledger;

/// A store whose lists of transfers come only when the context has ended, or not even then.
class slow_store final : public ledger_store {
  template <class T>
  using result = lifeline::ledger::result<T>;
  using context = lifeline::context;

 public:
  explicit slow_store(ledger_store& real) : real_(real) {}
  ~slow_store() override { let_go(); }
  void let_go() {
    if (!std::exchange(free_, true)) gate_.set_value();
  }
  bool heedless = false;

  result<std::uint64_t> fence(const context& c) override { return real_.fence(c); }
  commit_result commit(const batch& b) override { return real_.commit(b); }
  result<std::optional<std::vector<entry_result>>> find_batch(const context& c,
                                                              const batch& b) override {
    return real_.find_batch(c, b);
  }
  result<std::optional<account_record>> find_account(const context& c, account_id id) override {
    return real_.find_account(c, id);
  }
  result<std::optional<transfer_record>> find_transfer(const context& c, transfer_id id) override {
    return real_.find_transfer(c, id);
  }
  result<std::optional<key_record>> find_key(const context& c, const std::string& caller,
                                             const std::string& key) override {
    return real_.find_key(c, caller, key);
  }
  result<std::uint64_t> forget_keys(const context& c, lifeline::wall_time before) override {
    return real_.forget_keys(c, before);
  }
  result<page<account_record>> list_accounts(const context& c, const account_filter& f) override {
    return real_.list_accounts(c, f);
  }
  result<page<history_row>> history(const context& c, account_id id, std::uint64_t before,
                                    std::size_t limit) override {
    return real_.history(c, id, before, limit);
  }
  result<page<transfer_record>> list_transfers(const context& c, const transfer_filter&) override {
    if (heedless) {
      opened_.wait();
    } else {
      lifeline::wait(c);
    }
    return failure{lifeline::ledger::errc::deadline_exceeded, outcome::none, "too late"};
  }
  result<std::optional<dated_balance>> balance_at(const context& c, account_id id,
                                                  lifeline::wall_time at) override {
    return real_.balance_at(c, id, at);
  }
  result<statement> account_statement(const context& c, account_id id, lifeline::wall_time from,
                                      lifeline::wall_time to, std::size_t limit) override {
    return real_.account_statement(c, id, from, to, limit);
  }
  result<std::vector<owner_summary>> list_owners(const context& c, const std::string& text,
                                                 const std::optional<std::string>& only,
                                                 std::size_t limit) override {
    return real_.list_owners(c, text, only, limit);
  }
  result<money_totals> totals(const context& c) override { return real_.totals(c); }
  result<std::uint64_t> last_sequence(const context& c) override { return real_.last_sequence(c); }

 private:
  ledger_store& real_;
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

TEST_F(search_api, searches_only_the_types_that_were_asked_for) {
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
