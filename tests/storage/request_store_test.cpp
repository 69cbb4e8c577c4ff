#include <gtest/gtest.h>

#include "bank/storage/memory/request_store.hpp"
#include "bank/storage/postgres/opening.hpp"
#include "bank/storage/postgres/request_store.hpp"
#include "bank/storage/sqlite/request_store.hpp"
#include "bank/storage/startup_error.hpp"
#include "storage/postgres_server.hpp"
#include "storage/temporary_folder.hpp"

namespace bank::storage::tests {
namespace {

using lifeline::background;
using std::chrono::seconds;

const wall_time noon{std::chrono::hours(490'000)};

request_row row(int second, const std::string& route, unsigned status, std::int64_t took_us,
                const std::string& caller = "customer:alice") {
  request_row r;
  r.at = noon + seconds(second);
  r.request_id = "r" + std::to_string(second);
  r.method = "GET";
  r.route = route;
  r.path = route + "?";
  r.caller = caller;
  r.status = status;
  r.took_us = took_us;
  if (status >= 400) r.code = status >= 500 ? "internal" : "not_found";
  if (status >= 500) r.detail = "bug " + std::to_string(second);
  return r;
}

struct requests_in_memory {
  static constexpr const char* name = "memory";
  std::unique_ptr<request_store> store = std::make_unique<memory_request_store>();
};
struct requests_in_sqlite {
  static constexpr const char* name = "sqlite";
  temporary_folder folder;
  std::unique_ptr<request_store> store = open_sqlite_requests(folder / "requests.db");
};
struct requests_in_postgres {
  static constexpr const char* name = "postgres";
  std::unique_ptr<request_store> store =
      make_postgres_requests(open_postgres({postgres_server::instance().new_url()}));
};

template <class Backend>
class any_request_store : public testing::Test {
 protected:
  request_store& store() { return *backend.store; }
  void add(std::vector<request_row> rows, std::vector<figure_row> figures = {}) {
    ASSERT_TRUE(store().add(background(), {std::move(rows), std::move(figures)}));
  }
  request_summary since(int second, std::size_t most = 10) {
    return store().requests(background(), noon + seconds(second), most).value();
  }
  std::vector<error_pattern> errors(int second = 0, std::size_t most = 10) {
    return store().errors(background(), noon + seconds(second), most).value();
  }
  Backend backend;
};
using every_store = testing::Types<requests_in_memory, requests_in_sqlite, requests_in_postgres>;
struct store_names {
  template <class Backend>
  static std::string GetName(int /*place*/) {
    return Backend::name;
  }
};
TYPED_TEST_SUITE(any_request_store, every_store, store_names);

TYPED_TEST(any_request_store, that_is_empty_has_nothing_to_tell) {
  EXPECT_EQ(this->since(0), request_summary());
  EXPECT_TRUE(this->errors().empty());
  EXPECT_EQ(this->store().forget(background(), noon, 10).value(), 0U);
  this->add({});
}

TYPED_TEST(any_request_store, sums_up_the_requests_of_a_window) {
  std::vector<request_row> rows{row(0, "/old", 500, 9'000'000, "customer:old")};
  for (int i = 1; i <= 100; ++i) rows.push_back(row(i, "/a", 200, i * 10));
  rows[50].caller = "customer:bob";
  rows[51].caller = "";
  rows[10].status = 404;
  rows[11].status = 503;
  rows[12].status = 500;
  this->add(rows);
  const auto s = this->since(1);
  EXPECT_EQ(s.count, 100U);
  EXPECT_EQ(s.server_errors, 2U);
  EXPECT_EQ(s.client_errors, 1U);
  EXPECT_EQ(s.callers, 2U);
  EXPECT_EQ(s.mean_us, 505);
  EXPECT_EQ(s.p50_us, 500);
  EXPECT_EQ(s.p95_us, 950);
  EXPECT_EQ(s.p99_us, 990);
  EXPECT_EQ(this->since(0).count, 101U);
  EXPECT_EQ(this->since(101), request_summary());
}

TYPED_TEST(any_request_store, names_the_slowest_paths_and_the_slowest_request_of_each) {
  this->add({row(1, "/a", 200, 10), row(2, "/a", 200, 31), row(3, "/a", 200, 20),
             row(4, "/b", 200, 100), row(5, "/c", 200, 50)});
  const auto slowest = this->since(0, 2).slowest;
  EXPECT_EQ(slowest, (std::vector<path_summary>{{"GET", "/b", 1, 100, 100, "r4"},
                                                {"GET", "/c", 1, 50, 50, "r5"}}));
  EXPECT_EQ(this->since(0).slowest.at(2), (path_summary{"GET", "/a", 3, 20, 31, "r2"}));
}

TYPED_TEST(any_request_store, counts_errors_that_are_alike_together) {
  this->add({row(1, "/a", 404, 1), row(2, "/a", 500, 1), row(3, "/a", 500, 1), row(4, "/b", 500, 1),
             row(5, "/a", 200, 1)});
  const auto found = this->errors();
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0],
            (error_pattern{"GET", "/a", 500, "internal", 2, noon + seconds(3), "r3", "bug 3"}));
  EXPECT_EQ(found[1],
            (error_pattern{"GET", "/a", 404, "not_found", 1, noon + seconds(1), "r1", ""}));
  EXPECT_EQ(this->errors(3).size(), 2U);
  EXPECT_EQ(this->errors(0, 1).size(), 1U);
}

TYPED_TEST(any_request_store, keeps_figures_over_time) {
  this->add({}, {{noon + seconds(2), "a", 2.5}, {noon + seconds(1), "a", -1}, {noon, "b", 7}});
  const auto of = [&](const std::string& name, int second, std::size_t most) {
    return this->store().figures(background(), name, noon + seconds(second), most).value();
  };
  EXPECT_EQ(of("a", 0, 10),
            (std::vector<figure_row>{{noon + seconds(1), "a", -1}, {noon + seconds(2), "a", 2.5}}));
  EXPECT_EQ(of("a", 2, 10).size(), 1U);
  EXPECT_EQ(of("a", 0, 1).size(), 1U);
  EXPECT_TRUE(of("c", 0, 1).empty());
}

TYPED_TEST(any_request_store, forgets_what_is_old_a_part_at_a_time) {
  std::vector<request_row> rows;
  for (int i = 0; i < 25; ++i) rows.push_back(row(i, "/a", i < 5 ? 500 : 200, 1));
  this->add(rows, {{noon, "a", 1}, {noon + seconds(21), "a", 2}});
  const auto forget = [&] {
    return this->store().forget(background(), noon + seconds(20), 8).value();
  };
  EXPECT_EQ(forget(), 8U);
  EXPECT_EQ(forget(), 8U);
  EXPECT_EQ(forget(), 4U);
  EXPECT_EQ(this->since(0).count, 5U);
  EXPECT_TRUE(this->errors().empty());
  EXPECT_EQ(this->store().figures(background(), "a", noon, 9).value().size(), 1U);
}

TYPED_TEST(any_request_store, takes_any_text_that_is_printable) {
  request_row odd = row(1, "/v1/{id}", 500, 1);
  odd.path = R"(/'; DROP TABLE request_logs; --{"a":[1,2]}\\ "x")";
  odd.request_id = "{}";
  odd.detail = "ünïcode, \"quotes\", and\ttabs";
  this->add({odd});
  EXPECT_EQ(this->errors().at(0).last_request, "{}");
  EXPECT_EQ(this->errors().at(0).last_detail, odd.detail);
}

TYPED_TEST(any_request_store, does_nothing_for_a_context_that_has_ended) {
  auto scope = with_cancel(background());
  scope.cancel();
  EXPECT_FALSE(this->store().add(scope.ctx(), {{row(1, "/a", 200, 1)}, {}}));
  EXPECT_FALSE(this->store().requests(scope.ctx(), noon, 1));
  EXPECT_FALSE(this->store().errors(scope.ctx(), noon, 1));
  EXPECT_FALSE(this->store().forget(scope.ctx(), noon, 1));
  EXPECT_EQ(this->since(0).count, 0U);
}

TEST(memory_request_store, can_be_made_to_fail) {
  memory_request_store store;
  store.fail_adds();
  EXPECT_FALSE(store.add(background(), {{row(1, "/a", 200, 1)}, {}}));
  store.fail_adds(false);
  EXPECT_TRUE(store.add(background(), {{row(1, "/a", 200, 1)}, {}}));
  EXPECT_EQ(store.rows().size(), 1U);
}

TEST(sqlite_request_store, keeps_its_rows_over_a_restart) {
  const temporary_folder folder;
  ASSERT_TRUE(open_sqlite_requests(folder / "requests.db")
                  ->add(background(), {{row(1, "/a", 200, 1)}, {}}));
  const auto again = open_sqlite_requests(folder / "requests.db");
  EXPECT_EQ(again->requests(background(), noon, 1).value().count, 1U);
}

}  // namespace
}  // namespace bank::storage::tests
