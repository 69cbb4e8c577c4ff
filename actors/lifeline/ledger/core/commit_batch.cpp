#include "lifeline/ledger/core/commit_batch.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lifeline::ledger {

namespace {

entry_verdict verdict_of(const entry_result& r) {
  switch (r.outcome) {
    case entry_outcome::committed:
    case entry_outcome::noted: return {verdict::committed, r.sequence, {}};
    case entry_outcome::duplicate_id:
    case entry_outcome::duplicate_key: return {verdict::duplicate, 0, {}};
    case entry_outcome::duplicate_ref: return {verdict::ref_taken, 0, {}};
    case entry_outcome::wrong_state: return {verdict::wrong_state, 0, {}};
    case entry_outcome::left_out: return {verdict::left_out, 0, {}};
  }
  return {};
}

}  // namespace

bool commit_batch::offer(std::vector<entry>& unit) {
  if (waiting_.size() + unit.size() > queue_limit_) return false;
  waiting_.insert(waiting_.end(), std::make_move_iterator(unit.begin()),
                  std::make_move_iterator(unit.end()));
  return true;
}

std::size_t commit_batch::whole_units(std::size_t most) const {
  std::size_t n = 0;
  while (n < waiting_.size()) {
    const std::size_t more = unit_size(waiting_[n]);
    if (n != 0 && n + more > most) break;
    n += more;
  }
  return n;
}

std::shared_ptr<const batch> commit_batch::begin(wall_time at) {
  if (running_ || waiting_.empty()) return nullptr;
  const auto n =
      static_cast<std::ptrdiff_t>(whole_units(suspects_ != 0 ? next_size_ : batch_limit_));
  auto b = std::make_shared<batch>();
  b->id = {epoch_, ++last_number_};
  b->at = at;
  b->entries.assign(std::make_move_iterator(waiting_.begin()),
                    std::make_move_iterator(waiting_.begin() + n));
  waiting_.erase(waiting_.begin(), waiting_.begin() + n);
  running_ = std::move(b);
  return running_;
}

std::vector<entry_verdict> commit_batch::finish(commit_result r) {
  if (!running_ || resolving_) return {};
  if (auto* done = std::get_if<committed_batch>(&r)) return end_running(std::move(*done));
  switch (std::get<commit_error>(r)) {
    case commit_error::unavailable:
    case commit_error::fenced: return end_running(verdict::unavailable);
    case commit_error::violated:
      if (running_->entries.size() == unit_size(running_->entries.front()))
        return end_running(verdict::violated);
      halve();
      return {};
    case commit_error::unknown: resolving_ = true; return {};
  }
  return {};
}

std::vector<entry_verdict> commit_batch::resolved(std::uint64_t new_epoch,
                                                  std::optional<committed_batch> found) {
  epoch_ = new_epoch;
  last_number_ = 0;
  resolving_ = false;
  return found ? end_running(std::move(*found)) : end_running(verdict::unavailable);
}

std::vector<entry> commit_batch::drop_waiting() {
  suspects_ = 0;
  std::vector<entry> dropped(std::make_move_iterator(waiting_.begin()),
                             std::make_move_iterator(waiting_.end()));
  waiting_.clear();
  return dropped;
}

std::vector<entry_verdict> commit_batch::end_running(committed_batch done) {
  std::vector<entry_verdict> verdicts;
  verdicts.reserve(done.results.size());
  auto next = done.transfers.begin();
  for (std::size_t i = 0; i < done.results.size(); ++i) {
    verdicts.push_back(verdict_of(done.results[i]));
    const bool left_one = verdicts.back().what == verdict::committed &&
                          next != done.transfers.end() &&
                          next->sequence == done.results[i].sequence;
    if (left_one) verdicts.back().transfer = std::move(*next++);
  }
  suspects_ -= std::min(suspects_, verdicts.size());
  next_size_ = suspects_;
  running_ = nullptr;
  return verdicts;
}

std::vector<entry_verdict> commit_batch::end_running(verdict all) {
  const std::size_t n = running_->entries.size();
  suspects_ -= std::min(suspects_, n);
  next_size_ = suspects_;
  running_ = nullptr;
  return std::vector<entry_verdict>(n, entry_verdict{all});
}

void commit_batch::halve() {
  const auto& entries = running_->entries;
  suspects_ = std::max(suspects_, entries.size());
  next_size_ = entries.size() / 2;
  waiting_.insert(waiting_.begin(), entries.begin(), entries.end());
  running_ = nullptr;
}

}  // namespace lifeline::ledger
