#pragma once

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ledger/batch_bank.hpp"
#include "lifeline/ledger/core/kept_refusals.hpp"

namespace lifeline::ledger::testing::batches {

inline constexpr std::size_t accounts = 6;
inline constexpr std::int64_t scale = most_asked_at_once / 30;  // half of all amounts are large
inline std::string name(std::uint64_t n) { return std::to_string(n); }

inline failure refusal(errc code, outcome known = outcome::none) {
  return {code, known, "at random"};
}

/// A batch, its accounts, and what earlier requests left in the store, from a seed. Accounts have
/// little funds or little room. Items and the key may have been used before.
class random_batch {
 protected:
  explicit random_batch(std::uint64_t seed) : random_(seed) {
    bank_.random.seed(random_());
    has_faults_ = chance(2);
    for (std::size_t i = 0; i < accounts; ++i) {
      const std::int64_t near = chance(3) ? max_minor - scale * 100 : 0;
      bank_.add(name(i), near + scale * below(100),
                fault(6) ? account_status::frozen : account_status::open);
    }
    atomic_ = chance(3);
    if (chance(2)) digest_ = "digest";
    for (std::int64_t i = below(10); i >= 0; --i) items_.push_back(random_item());
    use_before();
    credited_ = name(random_() % accounts);
    const account_record& payee = bank_.state(credited_).record();
    is_open_ =
        payee.status == account_status::open && chance(2) && payee.posted <= max_minor - scale * 60;
  }

  std::int64_t below(std::uint64_t n) { return static_cast<std::int64_t>(random_() % n); }
  bool chance(std::uint64_t n) { return random_() % n == 0; }
  /// Half of the batches meet no faults, only earlier requests and a lack of funds or room.
  bool fault(std::uint64_t n) { return has_faults_ && chance(n); }

  std::mt19937_64 random_;
  bank bank_;
  bool has_faults_ = false;
  bool atomic_ = false;
  std::optional<std::string> digest_;
  std::vector<batch_item> items_;
  std::vector<batch_item> first_refusals_;
  std::map<transfer_id, transfer_record> stored_, moved_meanwhile_;
  std::optional<key_record> key_;
  std::vector<std::pair<account_id, transfer_id>> blocked_;
  std::uint64_t sequence_ = 0;
  std::string credited_;
  bool is_open_ = false;  // the credit is in progress

 private:
  batch_item random_item() {
    batch_item i = move("t" + name(items_.size()), name(random_() % accounts),
                        name(random_() % accounts), scale * (1 + below(60)));
    i.may_be_repeated = chance(2);
    if (fault(20)) i.refused = refusal(errc::forbidden);
    if (fault(20)) i.refused = refusal(errc::store_unavailable, outcome::unknown);
    return i;
  }

  transfer_record made_before(const batch_item& i) {
    transfer_record t = after_opening(i.transfer, ++sequence_, wall_time());
    t.status = transfer_status::posted;
    if (chance(3)) t.kind = "other";
    return t;
  }

  /// Earlier requests moved some items, use the ids of others now, or used the key.
  void use_before() {
    const bool key_used = digest_ && chance(4);
    const std::uint64_t rarity = chance(8) ? 1 : 3;
    for (std::uint32_t i = 0; i < items_.size(); ++i) {
      const transfer_record& t = items_[i].transfer;
      if (t.from == t.to) continue;
      if (items_[i].may_be_repeated && chance(rarity)) stored_[t.id] = made_before(items_[i]);
      if (chance(10) && !stored_.contains(t.id)) moved_meanwhile_[t.id] = made_before(items_[i]);
      if (fault(15) && !bank_.accounts.at(t.from).take(legs_of_opening(t).from, {}, 3))
        blocked_.emplace_back(t.from, t.id);
    }
    if (!key_used) return;
    std::vector<batch_item> kept = items_;
    for (batch_item& i : kept)
      i.refused = chance(2) ? std::optional(refusal(errc::not_found)) : std::nullopt;
    key_ = {chance(4) ? "other" : *digest_, {}, write_refusals(kept), sequence_ / 2};
    first_refusals_ = kept;
  }
};

}  // namespace lifeline::ledger::testing::batches
