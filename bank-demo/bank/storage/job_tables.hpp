#pragma once

#include <string>
#include <utility>

#include "lifeline/ledger/values/error.hpp"
#include "lifeline/work/job_store.hpp"

// What the jobs' stores of all databases share.
namespace bank::storage {

/// A job of a row of any database, without its texts.
template <class Row>
lifeline::job_record job_in(const Row& row) {
  using lifeline::job_state;
  lifeline::job_record j;
  j.id = row.text(0);
  j.kind = row.text(1);
  j.owner = row.text(2);
  j.state = lifeline::job_state_of(row.text(3)).value_or(job_state::interrupted);
  j.progress = row.real(4);
  j.failure = row.text(5);
  j.attempts = static_cast<std::uint32_t>(row.integer(6));
  j.limit = std::chrono::milliseconds(row.integer(7));
  j.created = row.time(8);
  j.started = row.time_or_null(9);
  j.ended = row.time_or_null(10);
  return j;
}

template <class Row>
lifeline::job_record whole_job_in(const Row& row) {
  lifeline::job_record j = job_in(row);
  j.input = row.text(11);
  j.result = row.text(12);
  return j;
}

/// What became of a second id for a job.
enum class job_link : std::uint8_t { done, no_such_job, taken };

/// Jobs in the tables of a database. `Access` has `read` and `write`: they run a function over the
/// tables and return its result or a failure of the store.
template <class Access>
class job_tables final : public lifeline::job_store {
 public:
  using job_record = lifeline::job_record;
  using context = lifeline::context;
  template <class T>
  using job_stored = lifeline::job_stored<T>;

  template <class Source>
  explicit job_tables(Source&& source) : access_(std::forward<Source>(source)) {}

  job_stored<void> create(const context& ctx, const job_record& j) override {
    const auto made = told(ctx, access_.write(ctx, [&](auto& t) { return t.create(j); }));
    if (!made) return made.error();
    return *made ? job_stored<void>() : exists("job '" + j.id + "' already exists");
  }
  job_stored<void> update(const context& ctx, const job_record& j) override {
    const auto made = told(ctx, access_.write(ctx, [&](auto& t) { return t.update(j); }));
    if (!made) return made.error();
    return *made ? job_stored<void>() : no_such_job(j.id);
  }
  job_stored<std::optional<job_record>> find(const context& ctx, const std::string& id) override {
    return told(ctx, access_.read(ctx, [&](auto& t) { return t.find(id); }));
  }
  job_stored<void> link(const context& ctx, const std::string& other,
                        const std::string& id) override {
    const auto made = told(ctx, access_.write(ctx, [&](auto& t) { return t.link(other, id); }));
    if (!made) return made.error();
    switch (*made) {
      case job_link::done: break;
      case job_link::no_such_job: return no_such_job(id);
      case job_link::taken: return exists("'" + other + "' belongs to another job");
    }
    return {};
  }
  job_stored<std::vector<job_record>> list(const context& ctx,
                                           const lifeline::job_query& q) override {
    return told(ctx, access_.read(ctx, [&](auto& t) { return t.list(q); }));
  }
  job_stored<std::vector<job_record>> unfinished(const context& ctx) override {
    return told(ctx, access_.read(ctx, [](auto& t) { return t.unfinished(); }));
  }
  job_stored<std::size_t> forget(const context& ctx, lifeline::wall_time ended_before,
                                 std::size_t most) override {
    return told(ctx, access_.write(ctx, [&](auto& t) { return t.forget(ended_before, most); }));
  }

 private:
  static lifeline::error failed(std::errc why, std::string detail) {
    return {make_error_code(why), std::move(detail)};
  }
  static job_stored<void> exists(std::string detail) {
    return failed(std::errc::file_exists, std::move(detail));
  }
  static job_stored<void> no_such_job(const std::string& id) {
    return failed(std::errc::no_such_file_or_directory, "job '" + id + "' does not exist");
  }
  template <class T>
  static job_stored<T> told(const context& ctx, lifeline::ledger::result<T> r) {
    constexpr auto not_done = boost::system::in_place_error;
    if (r) return {boost::system::in_place_value, std::move(*r)};
    if (ctx.done()) return {not_done, ctx.cause()};
    return {not_done, failed(std::errc::io_error, r.error().detail)};
  }

  Access access_;
};

}  // namespace bank::storage
