#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lifeline/ledger/ledger_reader.hpp"

namespace bank::api {

/// What the cache holds of an account: its view, or a page of its history.
struct reading_key {
  lifeline::ledger::account_id account;
  bool is_page = false;
  std::uint64_t before = 0;  ///< of a page: see `ledger_reader::history`
  std::size_t limit = 0;

  friend bool operator==(const reading_key&, const reading_key&) = default;
};

/// The name of an entry: the key as text, then the version; and back. A page's version is that of
/// `reading`. A view's version is whatever tells it apart from older ones.
std::string to_text(const reading_key& k, std::string_view version);
std::optional<reading_key> parse_reading_key(std::string_view text);
/// Whether the name is of a page whose version has a mark. Then no other content has this name, in
/// any process and any copy of the ledger.
bool is_durable(std::string_view name) noexcept;

/// An answer's body and tag, and the account's owner. The caller of this must check, each time, who
/// may see it.
struct reading {
  std::string_view tag;      ///< in quotes
  std::string_view version;  ///< of the account: its number and the mark of the batch that made it
  bool is_world = false;
  std::string_view owner;
  std::string_view body;
};

/// Reads it from the store, packed; nothing if there is no such account. A page is read before the
/// account: it shows the account's version, or an earlier one.
lifeline::ledger::result<std::optional<std::string>> load_reading(
    const lifeline::context& ctx, lifeline::ledger::ledger_reader& store, const reading_key& k);
/// The result refers to `packed`.
reading unpack(std::string_view packed);

/// An account's tag is its version. And the version in a tag that this made.
std::string tag_of_version(std::uint64_t version);
std::uint64_t version_of_tag(std::string_view tag) noexcept;

/// The name of an account's history in its cursors.
std::string history_scope(const lifeline::ledger::account_id& id);

}  // namespace bank::api
