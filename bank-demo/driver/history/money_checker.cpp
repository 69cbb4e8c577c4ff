#include "driver/history/money_checker.hpp"

#include "driver/text.hpp"

namespace bank::driver {

namespace {

using about = money_checker::question::about;

constexpr std::size_t sample_size = 5'000;
constexpr std::size_t latest_size = 2'000;

std::string described(const planned_transfer& t) {
  return "transfer " + t.id.str() + " (" + grouped(t.amount) + " from account " +
         std::to_string(t.from) + " to " + std::to_string(t.to) + ")";
}

}  // namespace

money_checker::money_checker(std::size_t accounts, std::int64_t initial_balance, std::uint64_t seed)
    : books_(accounts), draws_(seed, 0, 1) {
  for (book& b : books_) b = {initial_balance, 0, 0, initial_balance > 0 ? 1U : 0U};
  initial_sum_ = initial_balance * static_cast<std::int64_t>(accounts);
}

void money_checker::move(const planned_transfer& t, std::int64_t amount) {
  books_[t.from].posted -= amount;
  books_[t.to].posted += amount;
  ++books_[t.from].rows;
  ++books_[t.to].rows;
}

void money_checker::hold(const planned_transfer& t, std::int64_t amount) {
  books_[t.from].pending_out += amount;
  books_[t.to].pending_in += amount;
}

/// Reservoir sampling: every offered item is kept with the same probability.
void money_checker::keep(sample_of& in, question q) {
  ++in.seen;
  if (in.kept.size() < sample_size) {
    in.kept.push_back(std::move(q));
  } else if (const std::uint64_t at = draws_.below(in.seen); at < sample_size) {
    in.kept[at] = std::move(q);
  }
}

void money_checker::posted(const planned_transfer& t) {
  move(t, t.amount);
  question q{about::stored, t, "posted", 0, false};
  latest_.push_back(q);
  if (latest_.size() <= latest_size) return;
  keep(stored_, std::move(latest_.front()));
  latest_.pop_front();
}

void money_checker::held(const planned_transfer& t) { hold(t, t.amount); }

void money_checker::hold_posted(const planned_transfer& t, std::int64_t amount) {
  hold(t, -t.amount);
  move(t, amount);
  keep(holds_, {about::ended_hold, t, "posted", amount, true});
}

void money_checker::hold_voided(const planned_transfer& t) {
  hold(t, -t.amount);
  keep(holds_, {about::ended_hold, t, "voided", t.amount, true});
}

void money_checker::failed(const planned_transfer& t) {
  keep(absent_, {about::absent, t, {}, 0, false});
}

void money_checker::unknown(const planned_transfer& t, bool as_hold) {
  unknown_[t.id] = {{about::outcome, t, {}, 0, as_hold}, now_};
}

void money_checker::unknown_end(const planned_transfer& t) {
  unknown_[t.id] = {{about::end_of_hold, t, {}, 0, true}, now_};
}

void money_checker::unknown_reversal(const planned_transfer& t) {
  planned_transfer back = t;
  std::swap(back.from, back.to);
  unknown_[t.id] = {{about::reversal, back, {}, 0, false}, now_};
}

void money_checker::snapshot(std::int64_t sum) {
  ++snapshots_;
  if (sum != 0)
    conserved_.add("snapshot " + grouped(snapshots_) + ": the balances sum to " + grouped(sum) +
                   ", not 0");
}

std::vector<money_checker::question> money_checker::questions() const {
  std::vector<question> all;
  for (const auto& [id, u] : unknown_) all.push_back(u.asked);
  all.insert(all.end(), latest_.begin(), latest_.end());
  for (const sample_of* s : {&stored_, &absent_, &holds_})
    all.insert(all.end(), s->kept.begin(), s->kept.end());
  return all;
}

std::vector<money_checker::question> money_checker::questions_older_than(
    std::uint64_t ticks) const {
  std::vector<question> old;
  for (const auto& [id, u] : unknown_)
    if (now_ - u.since >= ticks) old.push_back(u.asked);
  return old;
}

bool money_checker::is_as_asked(const question& q, const stored_transfer& found) const {
  const planned_transfer& t = q.transfer;
  const bool in_part = q.what == about::end_of_hold;
  const std::int64_t amount = q.what == about::ended_hold ? q.amount : t.amount;
  return found.from == t.from && found.to == t.to &&
         (in_part ? found.amount >= 1 && found.amount <= amount : found.amount == amount);
}

void money_checker::answered(const question& q, const std::optional<stored_transfer>& found) {
  switch (q.what) {
    case about::stored:
      ++asked_stored_;
      if (!found)
        lost_.add(described(q.transfer) + " was acknowledged, but the node does not have it");
      else if (found->state != q.state || !is_as_asked(q, *found))
        lost_.add(described(q.transfer) + " is stored as " + found->state + ", " +
                  grouped(found->amount) + " from " + std::to_string(found->from) + " to " +
                  std::to_string(found->to));
      return;
    case about::absent:
      ++asked_absent_;
      if (found)
        errors_.add(described(q.transfer) + " was refused, but the node has it as " + found->state);
      return;
    case about::ended_hold:
      ++asked_holds_;
      if (!found)
        resolution_.add("the hold of " + described(q.transfer) +
                        " ended, but the node does not have it");
      else if (found->state != q.state || !is_as_asked(q, *found))
        resolution_.add("the hold of " + described(q.transfer) + " was answered as " + q.state +
                        " with " + grouped(q.amount) + ", but is stored as " + found->state +
                        " with " + grouped(found->amount));
      return;
    case about::outcome:
    case about::reversal: return learn_outcome(q, found);
    case about::end_of_hold: return learn_end(q, found);
  }
}

void money_checker::learn_outcome(const question& q, const std::optional<stored_transfer>& found) {
  ++resolved_;
  unknown_.erase(q.transfer.id);
  if (!found) return;
  if (!is_as_asked(q, *found))
    return lost_.add(described(q.transfer) + " is stored with other content");
  if (found->state == "posted") return move(q.transfer, q.transfer.amount);
  if (found->state == "pending" && q.as_hold) return hold(q.transfer, q.transfer.amount);
  resolution_.add(described(q.transfer) + " is " + found->state + ", which no request asked for");
}

void money_checker::learn_end(const question& q, const std::optional<stored_transfer>& found) {
  ++resolved_;
  unknown_.erase(q.transfer.id);
  if (!found)
    return resolution_.add("the hold of " + described(q.transfer) +
                           " was acknowledged, but the node does not have it");
  if (found->state == "pending") return;
  if (!is_as_asked(q, *found))
    return resolution_.add("the hold of " + described(q.transfer) + " was " + found->state +
                           " with " + grouped(found->amount));
  hold(q.transfer, -q.transfer.amount);
  if (found->state == "posted") move(q.transfer, found->amount);
}

void money_checker::account_found(std::size_t account, const account_state& found) {
  const book& b = books_[account];
  ++found_;
  final_sum_ += found.posted;
  const std::string name = "account " + std::to_string(account) + ": ";
  if (found.posted != b.posted)
    once_.add(name + "expected balance " + grouped(b.posted) + " from the answers, found " +
              grouped(found.posted));
  if (found.rows && *found.rows != b.rows)
    once_.add(name + grouped(b.rows) + " transfers were acknowledged, but its history has " +
              grouped(*found.rows) + " rows");
  if (found.pending_in != b.pending_in || found.pending_out != b.pending_out)
    resolution_.add(name + "expected open holds of " + grouped(b.pending_in) + " in and " +
                    grouped(b.pending_out) + " out, found " + grouped(found.pending_in) + " and " +
                    grouped(found.pending_out));
}

bool money_checker::is_broken() const noexcept {
  return conserved_.count() + lost_.count() + once_.count() + errors_.count() +
             resolution_.count() >
         0;
}

std::vector<finding> money_checker::conclude() const {
  finding conserved = conserved_.conclude(
      "conserved", grouped(snapshots_) + " snapshots sum to 0, and the accounts hold " +
                       grouped(final_sum_) + " as at the start");
  if (found_ == books_.size() && final_sum_ != initial_sum_) {
    conserved.held = false;
    conserved.text = "the accounts held " + grouped(initial_sum_) + " and now hold " +
                     grouped(final_sum_) + ", but all transfers were between them";
  }
  return {conserved,
          lost_.conclude("acknowledged_stored",
                         grouped(asked_stored_) +
                             " acknowledged transfers are found under their ids; " +
                             grouped(resolved_) + " unknown outcomes were looked up"),
          once_.conclude("exactly_once", "all " + grouped(found_) + " balances match the answers"),
          errors_.conclude("no_error_moves_money",
                           "none of " + grouped(asked_absent_) + " failed transfers is stored"),
          resolution_.conclude(
              "holds_resolve_once",
              grouped(asked_holds_) + " holds ended as answered, and no other hold is open")};
}

}  // namespace bank::driver
