#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "ledger/books_fixture.hpp"

// A batch's answers for each transfer when some were moved before or are refused: they must be
// true, and the same at each repetition with its key.

namespace lifeline::ledger::testing {
namespace {

/// The requests of a scene; from the payer to the payee unless the name says otherwise.
enum class kind {
  fresh_10,  ///< a new id
  fresh_10_too,
  fresh_90,
  fresh_100,  ///< all that the payer has
  fresh_999,
  old,        ///< 40 that an earlier request has moved under this id
  old_too,    ///< 20 likewise
  changed,    ///< the id of `old_too`, for another amount
  of_broke,   ///< moved before, and its payer has nothing left
  to_frozen,  ///< a new id, to an account that is frozen
  to_itself,  ///< a new id, to the payer
};
using enum kind;

constexpr std::optional<errc> done{};
constexpr auto exists = errc::already_exists;
constexpr auto funds = errc::insufficient_funds;
constexpr auto frozen = errc::account_frozen;
constexpr auto mismatch = errc::idempotency_mismatch;

struct row {
  std::vector<kind> items;
  std::vector<std::optional<errc>> codes;
  /// The item named by items without a reason of their own.
  std::size_t culprit = 0;
  std::vector<std::size_t> blames_it = {};
};

class batch_reasons : public books_fixture {
 protected:
  std::string named(const std::string& what) const { return what + " " + std::to_string(scene_); }
  account_id whose(const std::string& what) const { return account(named(what)); }

  /// New accounts: the payer has 100 left, another one nothing.
  void set_the_scene() {
    ++scene_;
    open_with(named("payer"), 160);
    open_with(named("broke"), 40);
    for (const char* name : {"payee", "frozen"}) open_with(named(name), 0);
    for (const kind k : {old, old_too, of_broke}) ASSERT_FALSE(submit(of_kind(k)).refused);
    const auto& shard = books_->shard_of(whose("frozen"));
    const change_account freeze{whose("frozen"), {account_status::frozen, {}}};
    ASSERT_FALSE(ask_later<account_answer>(shard, rt_.background(), freeze).get().refused);
  }
  using books_fixture::submit;
  transfer_record pay(const std::string& id, std::int64_t minor, const std::string& from = "payer",
                      const std::string& to = "payee") const {
    return transfer_of(named(id), whose(from), whose(to), minor);
  }
  transfer_record of_kind(kind k) const {
    switch (k) {
      case fresh_10: return pay("10", 10);
      case fresh_10_too: return pay("10 too", 10);
      case fresh_90: return pay("90", 90);
      case fresh_100: return pay("100", 100);
      case fresh_999: return pay("999", 999);
      case old: return pay("old", 40);
      case old_too: return pay("old too", 20);
      case changed: return pay("old too", 21);
      case of_broke: return pay("of broke", 40, "broke");
      case to_frozen: return pay("to frozen", 5, "payer", "frozen");
      case to_itself: break;
    }
    return pay("to itself", 1, "payer", "payer");
  }
  submit_batch batch_of(const row& r, bool atomic, bool has_key) const {
    submit_batch m;
    m.id = uuid::derive({"batch", std::to_string(scene_)});
    m.atomic = atomic;
    for (const kind k : r.items) m.items.push_back({of_kind(k), true});
    if (has_key) m.key = idempotency_key{"alice", named("key"), "digest"};
    return m;
  }
  batch_answer submit(const submit_batch& m) {
    return ask_later<batch_answer>(books_->processor_of(m.id), rt_.background(), m).get();
  }

  static std::vector<std::optional<errc>> codes(const batch_answer& a) {
    std::vector<std::optional<errc>> all;
    for (const auto& i : a.items) all.push_back(code(i.refused));
    return all;
  }
  static void expect_blame(const batch_answer& a, const row& r) {
    const std::string named = "transfers[" + std::to_string(r.culprit) + "]";
    for (std::size_t i = 0; i < a.items.size(); ++i) {
      if (!a.items[i].refused) continue;
      const bool blames = std::ranges::find(r.blames_it, i) != r.blames_it.end();
      const std::string& why = a.items[i].refused->detail;
      EXPECT_EQ(why.find("transfers[") != std::string::npos, blames) << i << ": " << why;
      if (!blames) continue;
      EXPECT_NE(why.find(named), std::string::npos) << i << ": " << why;
      EXPECT_NE(why.find(a.items[r.culprit].refused->detail), std::string::npos) << i;
    }
  }
  /// Each scene without and with a key; with the key the answer stays the same, even when
  /// everything could be moved later.
  void play(const row& r, bool atomic) {
    for (const bool has_key : {false, true}) {
      set_the_scene();
      const submit_batch m = batch_of(r, atomic, has_key);
      const batch_answer first = submit(m);
      ASSERT_FALSE(first.refused) << first.refused->detail;
      EXPECT_EQ(codes(first), r.codes);
      expect_blame(first, r);
      expect_moved(r, first);
      if (!has_key) continue;
      make_all_possible();
      const auto before = *store_.last_sequence(rt_.background());
      const batch_answer again = submit(m);
      ASSERT_FALSE(again.refused) << again.refused->detail;
      EXPECT_TRUE(again.replayed);
      ASSERT_EQ(again.items.size(), first.items.size());
      for (std::size_t i = 0; i < first.items.size(); ++i) {
        EXPECT_EQ(again.items[i].refused, first.items[i].refused) << i;
        if (!first.items[i].refused) {
          EXPECT_EQ(again.items[i].transfer, first.items[i].transfer) << i;
        }
      }
      EXPECT_EQ(*store_.last_sequence(rt_.background()), before) << "a repetition has moved money";
    }
  }
  /// Transfers answered as done are stored, and no reservation is left.
  void expect_moved(const row& r, const batch_answer& a) {
    std::int64_t left = 100;
    for (std::size_t i = 0; i < r.items.size(); ++i) {
      const bool is_new = r.items[i] != old && r.items[i] != old_too && r.items[i] != of_broke &&
                          r.items[i] != changed;
      if (!is_new) continue;
      const bool stored =
          store_.find_transfer(rt_.background(), a.items[i].transfer.id)->has_value();
      EXPECT_EQ(stored, !a.items[i].refused) << i;
      if (stored) left -= a.items[i].transfer.amount.minor;
    }
    EXPECT_EQ(stored_balance("payer"), left);
    EXPECT_EQ(code(submit(pay("one too many", left + 1)).refused), errc::insufficient_funds);
    if (left == 0) return;
    const auto all = submit(pay("all", left));
    ASSERT_FALSE(all.refused) << "something stays set aside";
    EXPECT_FALSE(submit(*reversal_of(all.transfer)).refused);
  }
  std::int64_t stored_balance(const std::string& what) { return stored(whose(what)); }
  void make_all_possible() {
    for (const char* name : {"payer", "broke"})
      ASSERT_FALSE(submit(transfer_of(named(std::string("more for ") + name), world_account(usd),
                                      whose(name), 5'000))
                       .refused);
  }

  int scene_ = 0;
};

TEST_F(batch_reasons, of_an_atomic_batch_are_each_items_own_or_the_culprits) {
  const std::vector<row> table{
      // one culprit
      {{fresh_10, fresh_999}, {funds, funds}, 1, {0}},
      {{fresh_10, to_frozen, fresh_10_too}, {frozen, frozen, frozen}, 1, {0, 2}},
      {{to_itself, fresh_10}, {errc::same_account, errc::same_account}, 0, {1}},
      // a repetition is the culprit
      {{old, fresh_10}, {exists, exists}, 0, {1}},
      {{fresh_10, old}, {exists, exists}, 1, {0}},
      {{changed, fresh_10}, {mismatch, mismatch}, 0, {1}},
      {{fresh_10, changed}, {mismatch, mismatch}, 1, {0}},
      // and what it set aside is not what another one lacks
      {{old, fresh_100}, {exists, exists}, 0, {1}},
      {{fresh_100, old}, {exists, exists}, 1, {0}},
      {{changed, fresh_90}, {mismatch, mismatch}, 0, {1}},
      {{of_broke, fresh_10}, {exists, exists}, 0, {1}},
      // several culprits: each has its own reason, the others name the first
      {{old, fresh_999}, {exists, funds}},
      {{fresh_999, old}, {funds, exists}},
      {{fresh_10, old, fresh_999}, {exists, exists, funds}, 1, {0}},
      {{fresh_10, to_frozen, fresh_90}, {frozen, frozen, funds}, 1, {0}},
      {{fresh_10, fresh_999, old}, {funds, funds, exists}, 1, {0}},
      {{old, changed}, {exists, mismatch}},
      {{old, to_frozen, fresh_10}, {exists, frozen, exists}, 0, {2}},
      {{to_frozen, old, fresh_999, fresh_10}, {frozen, exists, funds, frozen}, 0, {3}},
      // all of it was moved before
      {{old, old_too}, {done, done}},
      {{of_broke, old}, {done, done}},
      {{of_broke}, {done}}};
  for (const row& r : table) {
    SCOPED_TRACE("row " + std::to_string(&r - table.data()));
    play(r, true);
  }
}

TEST_F(batch_reasons, of_a_batch_are_true_beside_repetitions) {
  const std::vector<row> table{
      {{old, fresh_10}, {done, done}},
      {{old, fresh_100}, {done, done}},
      {{fresh_100, old}, {done, done}},
      {{old_too, old, fresh_90, fresh_10}, {done, done, done, done}},
      {{changed, fresh_90}, {mismatch, done}},
      {{old, fresh_999}, {done, funds}},
      {{old, changed, to_frozen, fresh_100}, {done, mismatch, frozen, done}},
      {{of_broke, fresh_999}, {done, funds}},
      {{old, old_too}, {done, done}}};
  for (const row& r : table) {
    SCOPED_TRACE("row " + std::to_string(&r - table.data()));
    play(r, false);
  }
}

/// The first request with an id has not ended: each item says so.
TEST_F(batch_reasons, of_an_atomic_batch_name_what_is_under_way) {
  set_the_scene();
  const transfer_record slow = pay("slow", 10);
  held_commits hold(store_);
  auto running = submit_later(repeatable(slow));
  hold.wait_until_one_began();
  submit_batch m = batch_of(row{{fresh_10, fresh_90}, {}}, true, true);
  m.items.front() = {slow, true};
  const batch_answer a = submit(m);
  ASSERT_FALSE(a.refused) << a.refused->detail;
  EXPECT_EQ(codes(a), (std::vector<std::optional<errc>>{errc::in_progress, errc::in_progress}));
  EXPECT_EQ(a.items[0].refused->detail.find("transfers["), std::string::npos);
  EXPECT_NE(a.items[1].refused->detail.find("transfers[0]"), std::string::npos);
  hold.let_go();
  EXPECT_FALSE(running.get().refused);
  const batch_answer again = submit(m);
  EXPECT_FALSE(again.replayed) << "that it was under way is no last word, and kept under no key";
  EXPECT_EQ(codes(again), (std::vector<std::optional<errc>>{exists, exists}));
}

/// A batch refused as a whole has used up its key, so another request can't use it.
TEST_F(batch_reasons, are_kept_under_the_key_that_is_used_up_by_them) {
  set_the_scene();
  const submit_batch m = batch_of(row{{old, fresh_10}, {}}, true, true);
  EXPECT_EQ(codes(submit(m)), (std::vector<std::optional<errc>>{exists, exists}));
  submit_batch other = m;
  other.key->digest = "of other content";
  EXPECT_EQ(code(submit(other).refused), errc::idempotency_mismatch);
}

/// If the store can't be read before a commit, no reservation is left.
TEST_F(batch_reasons, are_unknown_where_the_store_cannot_be_asked) {
  set_the_scene();
  const submit_batch m = batch_of(row{{old, fresh_999}, {}}, true, false);
  store_.fail_reads(1);
  const batch_answer a = submit(m);
  EXPECT_EQ(code(a.refused), errc::store_unavailable);
  EXPECT_EQ(a.refused->known, outcome::unknown);
  EXPECT_FALSE(submit(pay("all", 100)).refused) << "nothing stays set aside";
}

}  // namespace
}  // namespace lifeline::ledger::testing
