#include "lifeline/guards/remote_tier_queue.hpp"

#include <algorithm>

namespace lifeline::guards {
namespace {

using std::chrono::milliseconds;

/// Version of the packed form; part of the names as well, so that old values are not misread.
constexpr char format = '\2';
constexpr std::size_t number_size = 8;
constexpr std::size_t head_size = 2 + 2 * number_size;

void append_number(std::string& to, std::uint64_t n) {
  for (std::size_t i = 0; i < number_size; ++i) to += static_cast<char>(n >> (8 * i) & 0xff);
}
std::uint64_t number_at(std::string_view text, std::size_t at) {
  std::uint64_t n = 0;
  for (std::size_t i = number_size; i-- > 0;) n = n << 8 | static_cast<unsigned char>(text[at + i]);
  return n;
}

}  // namespace

std::string pack_tier_value(const cached_bytes& value, duration life) {
  std::string packed;
  packed.reserve(head_size + (value ? value->size() : 0));
  packed += format;
  packed += value ? 'v' : 'n';
  append_number(packed, static_cast<std::uint64_t>(life.count()));
  append_number(packed, value ? value->size() : 0);
  if (value) packed += *value;
  return packed;
}

std::optional<tier_finding> unpack_tier_value(std::string_view packed, duration left) {
  if (packed.size() < head_size || packed[0] != format) return std::nullopt;
  if (packed[1] != 'v' && packed[1] != 'n') return std::nullopt;
  const duration life(static_cast<duration::rep>(number_at(packed, 2)));
  const std::string_view bytes = packed.substr(head_size);
  if (number_at(packed, 2 + number_size) != bytes.size()) return std::nullopt;
  if (left <= duration::zero() || left > life) return std::nullopt;
  return tier_finding{
      packed[1] == 'v' ? std::make_shared<const std::string>(bytes) : cached_bytes{}, life - left,
      left};
}

void tier_completions::run() {
  for (auto& [who, what] : found) who(std::move(what));
  found.clear();
}

std::string remote_tier_queue::name_of(std::string_view key) const {
  return (options_.prefix + ":2:").append(key);
}

bool remote_tier_queue::is_full(std::size_t bytes) const noexcept {
  return jobs_.size() >= options_.most_waiting || bytes_ + bytes > options_.most_waiting_bytes;
}

void remote_tier_queue::push(job j) {
  bytes_ += j.command.value.size();
  jobs_.push_back(std::move(j));
  figures_.waiting = jobs_.size();
}

remote_tier_queue::job remote_tier_queue::pop() {
  job j = std::move(jobs_.front());
  jobs_.pop_front();
  bytes_ -= j.command.value.size();
  figures_.waiting = jobs_.size();
  return j;
}

/// A lost get is a miss.
void remote_tier_queue::fail(job& j, std::uint64_t& lost_gets, tier_completions& completions) {
  ++(j.found ? lost_gets : figures_.lost_sets);
  if (j.found) completions.found.emplace_back(std::move(*j.found), std::nullopt);
}

void remote_tier_queue::get(const context& ctx, const std::string& key, tier_landing done,
                            time_point now, bool usable, tier_completions& completions) {
  job j{{verb::get, name_of(key)}, time_after(now, options_.timeout), ctx, std::move(done)};
  if (usable && !is_full(0)) return push(std::move(j));
  fail(j, figures_.skipped, completions);
}

void remote_tier_queue::set(const std::string& key, const cached_bytes& value, duration left,
                            bool usable) {
  const std::size_t size = value ? value->size() : 0;
  // The server counts in milliseconds.
  if (!usable || size > options_.most_value_bytes || left < milliseconds(1) ||
      is_full(size + head_size)) {
    ++figures_.lost_sets;
    return;
  }
  push({{verb::set, name_of(key), pack_tier_value(value, left), left}});
}

std::vector<remote_tier_queue::job> remote_tier_queue::take(time_point now,
                                                            tier_completions& completions) {
  std::vector<job> taken;
  const std::size_t most = std::max<std::size_t>(options_.most_together, 1);
  while (!jobs_.empty() && taken.size() < most) {
    job j = pop();
    // Too little time is left to judge the server's speed.
    if (j.found && (j.ctx.done() || j.until - now < options_.timeout / 4)) {
      fail(j, figures_.failed, completions);
      continue;
    }
    taken.push_back(std::move(j));
  }
  return taken;
}

time_point remote_tier_queue::limit_of(std::span<const job> jobs, time_point now) const {
  time_point limit = time_after(now, options_.timeout);
  for (const job& j : jobs)
    if (j.found) limit = std::min(limit, j.until);
  return limit;
}

void remote_tier_queue::ended(std::vector<job> jobs, std::span<tier_reply> replies,
                              tier_completions& completions) {
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    job& j = jobs[i];
    if (replies[i].refused) {
      fail(j, figures_.failed, completions);
    } else if (!j.found) {
      ++figures_.sets;
    } else {
      std::optional<tier_finding> found;
      if (replies[i].value) found = unpack_tier_value(*replies[i].value, replies[i].left);
      ++(found ? figures_.hits : figures_.misses);
      completions.found.emplace_back(std::move(*j.found), std::move(found));
    }
  }
}

void remote_tier_queue::failed(std::vector<job> jobs, tier_completions& completions) {
  for (job& j : jobs) fail(j, figures_.failed, completions);
}

void remote_tier_queue::give_up(tier_completions& completions) {
  while (!jobs_.empty()) {
    job j = pop();
    fail(j, figures_.skipped, completions);
  }
}

}  // namespace lifeline::guards
