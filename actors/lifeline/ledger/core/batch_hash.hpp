#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lifeline/ledger/batch.hpp"

struct evp_md_ctx_st;  // OpenSSL's

// Each committed batch has a hash of itself and of the batch before it. To change, drop or reorder
// committed data, one must change every later hash and the head. The hash does not prove who wrote
// it: a chain written anew is detected by an older head kept elsewhere.
//
//     hash(n) = SHA-256(mark, hash(n - 1), epoch, number, first and last sequence, time,
//                       an outcome per entry, the facts of each committed entry)
//
// Numbers are eight bytes, most significant first. Texts and lists have their length before them;
// optional values have a byte before them that says whether they are present.
namespace lifeline::ledger {

/// The previous hash of a chain's first batch.
inline constexpr chain_hash chain_genesis{};

std::string hex_text(const chain_hash& h);
/// A short name of the batch with this hash, and so of all batches before it: 48 bits. Ledgers that
/// share their beginning, for example a restored copy, have other marks where they differ.
std::uint64_t mark_of(const chain_hash& h) noexcept;

/// The facts a batch committed, as bytes. They are the same in every store and can be computed
/// again later from the stored rows: each entry as it was when committed, whatever happened to its
/// transfer or account since. Not included: values that follow from other entries (balances, links
/// of a history), data the store deletes (idempotency keys), and entries without a place in the
/// ledger. A pure core, not synchronized.
class batch_facts {
 public:
  /// An account was opened with this limit; balances, status and version are not included.
  void add_opening(std::uint64_t sequence, wall_time at, const account_record& a);
  /// An account was changed. `what` is the entry's name in the store, the same in all stores.
  void add_change(std::uint64_t sequence, wall_time at, const account_id& account,
                  std::string_view what, const std::optional<std::int64_t>& limit);
  /// A transfer took its status as entry `t.sequence`. For an open one `held` is ignored: it equals
  /// the amount.
  void add(const transfer_record& t);

  /// Makes room for that many entries of the usual size.
  void reserve(std::size_t entries) { bytes_.reserve(256 * entries); }
  std::string_view bytes() const noexcept { return bytes_; }
  /// Removes all bytes after the first `size`.
  void cut(std::size_t size) { bytes_.resize(size); }
  void clear() noexcept { bytes_.clear(); }

 private:
  std::string bytes_;
};

/// A batch's place. A batch without committed entries ends just before it begins.
struct batch_span {
  batch_id id;
  std::uint64_t first_sequence = 1;
  std::uint64_t last_sequence = 0;
  wall_time at{};
};

/// Computes hashes with one OpenSSL context. For one thread at a time.
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

/// A batch as stored.
struct stored_batch {
  batch_span span;
  std::vector<entry_result> results;
  std::optional<chain_hash> hash;  ///< none: committed before the chain began
};

/// Checks a store's batches in order and reports where the chain first breaks. A pure core.
class chain_audit {
 public:
  /// `begins`: sequence of the first entry in the chain; earlier entries have no hash.
  explicit chain_audit(std::uint64_t begins) : begins_(begins) {}

  /// Adds the next batch, with the facts of its entries as stored now. Returns the break, if any.
  std::optional<std::string> add(const stored_batch& b, const batch_facts& facts);
  /// After the last batch: checks that the chain ends with the stored head.
  std::optional<std::string> end(const chain_hash& head) const;

  std::uint64_t first_sequence() const noexcept { return begins_; }
  std::uint64_t last_sequence() const noexcept { return last_sequence_; }
  const chain_hash& head() const noexcept { return head_; }

 private:
  std::optional<std::string> without_hash(const stored_batch& b) const;

  std::uint64_t begins_;
  std::uint64_t last_sequence_ = 0;
  chain_hash head_ = chain_genesis;
  std::optional<batch_span> last_;  // last batch of the chain
  batch_hasher hasher_;
};

}  // namespace lifeline::ledger
