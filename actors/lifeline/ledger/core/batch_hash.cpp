#include "lifeline/ledger/core/batch_hash.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace lifeline::ledger {

namespace {

constexpr std::string_view mark = "lifeline batch 1";

/// Bytes for an entry without its texts.
constexpr std::size_t room = 256;

/// Writes at the end of a text that has enough room.
class writer {
 public:
  writer(std::string& to, std::size_t most) : to_(to), at_(to.size()) { to.resize(at_ + most); }
  writer(const writer&) = delete;
  writer& operator=(const writer&) = delete;
  ~writer() { to_.resize(at_); }

  writer& byte(std::uint8_t v) {
    to_[at_++] = static_cast<char>(v);
    return *this;
  }
  writer& number(std::uint64_t v) {
    for (int shift = 56; shift >= 0; shift -= 8)
      to_[at_++] = static_cast<char>(static_cast<std::uint8_t>(v >> shift));
    return *this;
  }
  writer& number(std::int64_t v) { return number(static_cast<std::uint64_t>(v)); }
  writer& raw(const void* from, std::size_t n) {
    std::memcpy(to_.data() + at_, from, n);
    at_ += n;
    return *this;
  }
  writer& put(wall_time t) { return number(std::int64_t{t.time_since_epoch().count()}); }
  writer& put(std::chrono::seconds s) { return number(std::int64_t{s.count()}); }
  writer& put(std::int64_t v) { return number(v); }
  writer& put(const uuid& id) { return raw(id.bytes().data(), id.bytes().size()); }
  writer& put(const currency& c) { return raw(c.code().data(), c.code().size()); }
  writer& put(std::string_view text) {
    number(std::uint64_t{text.size()});
    return raw(text.data(), text.size());
  }
  template <class T>
  writer& put(const std::optional<T>& v) {
    byte(v ? 1 : 0);
    return v ? put(*v) : *this;
  }

 private:
  std::string& to_;
  std::size_t at_;
};

std::size_t size_of(const std::optional<std::string>& text) { return text ? text->size() : 0; }

std::string name_of(const batch_span& b) {
  const std::string name =
      "batch " + std::to_string(b.id.epoch) + "/" + std::to_string(b.id.number);
  if (b.last_sequence < b.first_sequence) return name + " (nothing committed)";
  return name + " (sequences " + std::to_string(b.first_sequence) + " to " +
         std::to_string(b.last_sequence) + ")";
}

}  // namespace

std::string hex_text(const chain_hash& h) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : h) {
    text += digits[byte >> 4U];
    text += digits[byte & 0x0fU];
  }
  return text;
}

std::uint64_t mark_of(const chain_hash& h) noexcept {
  std::uint64_t mark = 0;
  for (std::size_t i = 0; i < 6; ++i) mark = mark << 8U | h[i];
  return mark;
}

void batch_facts::add_opening(std::uint64_t sequence, wall_time at, const account_record& a) {
  writer to(bytes_, room + a.owner.size() + size_of(a.ref));
  to.byte('O').number(sequence).put(at).put(a.id).put(to_string(a.type)).put(a.unit);
  to.put(a.owner).put(a.ref).put(a.overdraft_limit).put(a.created_at);
}

void batch_facts::add_change(std::uint64_t sequence, wall_time at, const account_id& account,
                             std::string_view what, const std::optional<std::int64_t>& limit) {
  writer to(bytes_, room + what.size());
  to.byte('C').number(sequence).put(at).put(account).put(what).put(limit);
}

/// Only what every store keeps for good: expiry times are kept for holds, open or ended.
void batch_facts::add(const transfer_record& t) {
  const bool open = is_open(t.status);
  const bool was_hold = t.two_phase || t.status == transfer_status::pending;
  writer to(bytes_, room + t.kind.size() + size_of(t.memo) + t.metadata.size() + size_of(t.reason));
  to.byte('T').number(t.sequence).byte(static_cast<std::uint8_t>(t.status)).put(t.id);
  to.number(t.first_sequence).put(t.from).put(t.to).put(t.amount.minor).put(t.amount.unit);
  to.put(t.kind).put(t.memo).put(std::string_view(t.metadata)).byte(t.two_phase ? 1 : 0);
  to.put(t.expires_in).put(t.execute_at).put(t.reverses).put(t.created_at);
  to.put(t.status != transfer_status::scheduled && was_hold ? t.expires_at : std::nullopt);
  if (!open) to.put(t.held).put(t.reason).put(t.posted_at);
}

void batch_hasher::free_context::operator()(evp_md_ctx_st* c) const noexcept { EVP_MD_CTX_free(c); }

batch_hasher::batch_hasher() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc();
}

chain_hash batch_hasher::next(const chain_hash& previous, const batch_span& span,
                              const std::vector<entry_result>& results, const batch_facts& facts) {
  std::string head;
  {
    writer to(head, room + results.size());
    to.put(mark).raw(previous.data(), previous.size());
    to.number(span.id.epoch).number(span.id.number);
    to.number(span.first_sequence).number(span.last_sequence).put(span.at);
    to.number(std::uint64_t{results.size()});
    for (const entry_result& r : results) to.byte(static_cast<std::uint8_t>(r.outcome));
    to.number(std::uint64_t{facts.bytes().size()});
  }
  chain_hash hash{};
  EVP_MD_CTX* const c = context_.get();
  if (EVP_DigestInit_ex(c, nullptr, nullptr) != 1 ||
      EVP_DigestUpdate(c, head.data(), head.size()) != 1 ||
      EVP_DigestUpdate(c, facts.bytes().data(), facts.bytes().size()) != 1 ||
      EVP_DigestFinal_ex(c, hash.data(), nullptr) != 1)
    throw std::bad_alloc();
  return hash;
}

std::optional<std::string> chain_audit::add(const stored_batch& b, const batch_facts& facts) {
  if (!b.hash) return without_hash(b);
  if (b.span.last_sequence < begins_ && b.span.first_sequence < begins_)
    return name_of(b.span) + " has a hash, but the chain of hashes begins at " +
           std::to_string(begins_);
  if (hasher_.next(head_, b.span, b.results, facts) != *b.hash)
    return name_of(b.span) +
           " does not match its hash: the batch or one of its entries was changed, or it does not"
           " follow " +
           (last_ ? name_of(*last_) : "the beginning of the chain of hashes");
  last_ = b.span;
  last_sequence_ = b.span.last_sequence;
  head_ = *b.hash;
  return std::nullopt;
}

std::optional<std::string> chain_audit::without_hash(const stored_batch& b) const {
  if (!last_ && b.span.last_sequence < begins_) return std::nullopt;
  return name_of(b.span) + " has no hash, but the chain of hashes begins at " +
         std::to_string(begins_);
}

std::optional<std::string> chain_audit::end(const chain_hash& head) const {
  if (head == head_) return std::nullopt;
  return "the chain of hashes ends with " + (last_ ? name_of(*last_) : std::string("no batch")) +
         ", but the stored head differs: later batches are missing";
}

}  // namespace lifeline::ledger
