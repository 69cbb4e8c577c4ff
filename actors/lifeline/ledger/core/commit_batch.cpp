#include "lifeline/ledger/core/commit_batch.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lifeline::ledger {

namespace {

entry_verdict verdict_of(const entry_result& r) {
  switch (r.outcome) {
    case entry_outcome::committed:
    case entry_outcome::noted: return {verdict::committed, r.sequence};
    case entry_outcome::duplicate_id:
    case entry_outcome::duplicate_key: return {verdict::duplicate};
    case entry_outcome::duplicate_ref: return {verdict::ref_taken};
    case entry_outcome::wrong_state: return {verdict::wrong_state};
    case entry_outcome::left_out: return {verdict::left_out};
  }
  return {};
}

}  // namespace

bool commit_batch::offer(entry e) {
  if (waiting_.size() >= queue_limit_) return false;
  waiting_.push_back(std::move(e));
  return true;
}

bool commit_batch::offer(std::vector<entry> group) {
  if (waiting_.size() + group.size() > queue_limit_) return false;
  waiting_.insert(waiting_.end(), std::make_move_iterator(group.begin()),
                  std::make_move_iterator(group.end()));
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

std::vector<entry_verdict> commit_batch::finish(const commit_result& r) {
  if (!running_ || resolving_) return {};
  if (const auto* done = std::get_if<committed_batch>(&r)) return end_running(done->results);
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
                                                  const std::optional<committed_batch>& found) {
  epoch_ = new_epoch;
  last_number_ = 0;
  resolving_ = false;
  return found ? end_running(found->results) : end_running(verdict::unavailable);
}

std::size_t commit_batch::drop_waiting() noexcept {
  suspects_ = 0;
  return std::exchange(waiting_, {}).size();
}

std::vector<entry_verdict> commit_batch::end_running(const std::vector<entry_result>& results) {
  std::vector<entry_verdict> verdicts;
  verdicts.reserve(results.size());
  std::transform(results.begin(), results.end(), std::back_inserter(verdicts), verdict_of);
  suspects_ -= std::min(suspects_, results.size());
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
