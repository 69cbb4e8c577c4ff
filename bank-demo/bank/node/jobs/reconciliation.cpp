#include "bank/node/jobs/reconciliation.hpp"

#include <utility>

namespace bank::node {
namespace {

using namespace lifeline::ledger;
using lifeline::context;

constexpr std::size_t accounts_per_page = 200;
constexpr std::size_t transfers_per_page = 200;
constexpr int most_looks = 5;
constexpr std::size_t most_told = 100;

/// The figures that an account must have.
struct derived {
  std::int64_t posted = 0;
  std::int64_t held_out = 0;
  std::int64_t held_in = 0;
};

class walk {
 public:
  walk(const context& ctx, ledger_reader& books, const std::function<void(double)>& progress)
      : ctx_(ctx), books_(books), progress_(progress) {}

  result<reconciled> all() {
    if (auto failed = check_sums()) return std::move(*failed);
    std::uint64_t total = 0;
    const auto count = [&](const account_record&) -> trouble { return ++total, std::nullopt; };
    if (auto failed = for_each_account(count)) return std::move(*failed);
    const auto look = [&](const account_record& a) -> trouble {
      progress_(static_cast<double>(found_.accounts) / static_cast<double>(total));
      return check(a);
    };
    if (auto failed = for_each_account(look)) return std::move(*failed);
    return std::move(found_);
  }

 private:
  using trouble = std::optional<failure>;

  template <class F>
  trouble for_each_account(const F& f) {
    account_filter filter;
    filter.limit = accounts_per_page;
    for (;;) {
      const auto page = books_.list_accounts(ctx_, filter);
      if (!page) return page.error();
      for (const account_record& a : page->rows)
        if (auto failed = f(a)) return failed;
      if (!page->more || page->rows.empty()) return std::nullopt;
      filter.after = page->rows.back().id;
    }
  }

  void tell(std::string what, std::string where, std::int64_t stands, std::int64_t follows) {
    if (stands == follows) return;
    ++found_.disagreements;
    if (found_.first.size() < most_told)
      found_.first.push_back({std::move(what), std::move(where), stands, follows});
  }

  trouble check_sums() {
    auto totals = books_.totals(ctx_);
    if (!totals) return totals.error();
    for (const auto& c : totals->currencies) tell("sum", std::string(c.unit.code()), c.sum, 0);
    found_.currencies = std::move(totals->currencies);
    return std::nullopt;
  }

  trouble check(account_record listed) {
    ++found_.accounts;
    for (int look = 0; look < most_looks; ++look) {
      const auto follows = derive(listed.id);
      if (!follows) return follows.error();
      auto now = books_.find_account(ctx_, listed.id);
      if (!now) return now.error();
      if (*now && (*now)->version == listed.version) {
        compare(listed, *follows);
        return std::nullopt;
      }
      if (*now) listed = std::move(**now);
    }
    ++found_.moving;
    return std::nullopt;
  }

  void compare(const account_record& a, const derived& d) {
    tell("balance", a.id.str(), a.posted, d.posted);
    tell("held out", a.id.str(), a.pending_out, d.held_out);
    tell("held in", a.id.str(), a.pending_in, d.held_in);
  }

  result<derived> derive(account_id id) {
    const auto newest = books_.history(ctx_, id, 0, 1);
    if (!newest) return newest.error();
    derived d;
    if (!newest->rows.empty()) d.posted = newest->rows.front().balance_after;
    transfer_filter holds;
    holds.account = id;
    holds.status = transfer_status::pending;
    holds.limit = transfers_per_page;
    for (bool more = true; more;) {
      const auto page = books_.list_transfers(ctx_, holds);
      if (!page) return page.error();
      for (const transfer_record& t : page->rows)
        (t.from == id ? d.held_out : d.held_in) += t.amount.minor;
      more = page->more && !page->rows.empty();
      if (more) holds.before = page->rows.back().first_sequence;
    }
    return d;
  }

  const context& ctx_;
  ledger_reader& books_;
  const std::function<void(double)>& progress_;
  reconciled found_;
};

}  // namespace

result<reconciled> reconcile(const context& ctx, ledger_reader& books,
                             const std::function<void(double)>& progress) {
  return walk(ctx, books, progress).all();
}

}  // namespace bank::node
