#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lifeline/ledger/ledger_store.hpp"

struct evp_md_ctx_st;  // OpenSSL's

// Each committed batch bears a hash of itself and of the batch before it, so that whoever changes,
// drops or reorders what was committed must change every hash after it, and the head with them. The
// hash says nothing of who wrote it: an older head, kept elsewhere, is what shows a chain written
// anew.
//
//     hash(n) = SHA-256(mark, hash(n - 1), epoch, number, first and last sequence, time,
//                       an outcome per entry, the facts of each committed entry)
//
// Numbers stand in eight bytes, most significant first; texts and lists with their length before
// them; what may be missing after a byte that says whether it is there.
namespace lifeline::ledger {

/// What the first batch of a chain takes for the hash before it.
inline constexpr chain_hash chain_genesis{};

std::string hex_text(const chain_hash& h);

/// What a batch committed, as bytes: the same in every store, and to be had again from the stored
/// rows at any later time. So each entry stands here as it was when it was committed, whatever
/// became of its transfer or account since. What follows from other entries (balances, links of a
/// history) is not in it, nor what the store forgets (idempotency keys), nor entries that take no
/// place in the ledger. A pure core, not synchronized.
class batch_facts {
 public:
  /// An account was opened with this limit; its balances, status and version don't matter.
  void add_opening(std::uint64_t sequence, wall_time at, const account_record& a);
  /// An account was changed: `what` is the entry's name in the store, the same in all of them.
  void add_change(std::uint64_t sequence, wall_time at, const account_id& account,
                  std::string_view what, const std::optional<std::int64_t>& limit);
  /// A transfer became what its status says, as entry `t.sequence`. Of an open one, `held` does not
  /// matter: it is the amount.
  void add(const transfer_record& t);

  std::string_view bytes() const noexcept { return bytes_; }
  /// Takes back what was added since there were `size` bytes.
  void cut(std::size_t size) { bytes_.resize(size); }
  void clear() noexcept { bytes_.clear(); }

 private:
  std::string bytes_;
};

/// Where a batch stands. One that committed nothing ends just before it begins.
struct batch_span {
  batch_id id;
  std::uint64_t first_sequence = 1;
  std::uint64_t last_sequence = 0;
  wall_time at{};
};

/// Computes hashes, all in one context of OpenSSL's. One thread at a time.
class batch_hasher {
 public:
  batch_hasher();
  chain_hash next(const chain_hash& previous, const batch_span& span,
                  const std::vector<entry_result>& results, const batch_facts& facts);

 private:
  struct free_context {
    void operator()(evp_md_ctx_st* c) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, free_context> context_;
};

/// A batch as a store holds it.
struct stored_batch {
  batch_span span;
  std::vector<entry_result> results;
  std::optional<chain_hash> hash;  ///< none: committed before there was a chain
};

/// Goes through a store's batches in their order and says where the chain breaks first. A pure
/// core.
class chain_audit {
 public:
  /// `begins`: the sequence of the first entry that is in the chain; what came before bears no
  /// hash.
  explicit chain_audit(std::uint64_t begins) : begins_(begins) {}

  /// The next batch, with the facts of its entries as they are stored now. Gives the break.
  std::optional<std::string> add(const stored_batch& b, const batch_facts& facts);
  /// After the last batch: does the chain end where the store says?
  std::optional<std::string> end(const chain_hash& head) const;

  std::uint64_t first_sequence() const noexcept { return begins_; }
  std::uint64_t last_sequence() const noexcept { return last_sequence_; }
  const chain_hash& head() const noexcept { return head_; }

 private:
  std::optional<std::string> without_hash(const stored_batch& b) const;

  std::uint64_t begins_;
  std::uint64_t last_sequence_ = 0;
  chain_hash head_ = chain_genesis;
  std::optional<batch_span> last_;  // of the chain
  batch_hasher hasher_;
};

}  // namespace lifeline::ledger
